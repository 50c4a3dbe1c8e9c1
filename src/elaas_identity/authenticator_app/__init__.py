"""The authenticator app as a second factor: its enrolment, its codes, and recovery codes for the day it is lost."""
