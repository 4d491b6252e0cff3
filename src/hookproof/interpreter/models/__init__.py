"""Models of what lies outside the project: what calls of torch, builtins and the standard library give."""
