"""The version of namesmith; a test holds that the distribution has the same."""

VERSION = "0.2.0"
