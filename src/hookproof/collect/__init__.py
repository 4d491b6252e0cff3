"""From text to facts: a libcst lowering of the blocks that matter into plain values."""
