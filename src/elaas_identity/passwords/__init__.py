"""Passwords: their form, what is refused, how they are hashed, and the ones that an administrator issues."""
