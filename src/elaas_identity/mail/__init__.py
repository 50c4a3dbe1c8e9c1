"""Mails: who they go to and what they say. Sending them is a provider's."""
