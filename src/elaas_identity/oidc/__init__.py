"""An OpenID Connect relying party, sans-I/O: messages in, messages out. A transport carries them."""
