"""From text to IR: the declarations and statements of the parts of a file that matter, as plain values."""
