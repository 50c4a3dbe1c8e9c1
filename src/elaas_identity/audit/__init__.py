"""The audit trail made tamper-evident: events chained, checkpoints signed, personal fields erasable."""
