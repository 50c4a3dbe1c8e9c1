"""The one-time code by e-mail (the letter's OTP): the code, the address that it goes to, the mail that carries it."""
