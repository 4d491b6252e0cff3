"""What a hook does to its hook parameter: its body is evaluated with a tracked module in that place."""
