"""The abstract interpreter: values, the state they are in, and what a program does to them."""
