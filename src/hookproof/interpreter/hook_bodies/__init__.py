"""What a hook does to its hook parameter, in the hook and in the helpers it uses."""
