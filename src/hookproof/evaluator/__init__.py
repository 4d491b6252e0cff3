"""The evaluator: Python carried out on abstract values, one of which is tracked, wherever it is handed on."""
