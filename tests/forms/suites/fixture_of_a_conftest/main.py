# breaks: the fixture stands in a conftest.py beside the tests
# then: import conftest; test_script(conftest.hooked._get_wrapped_function()())
import torch


def test_script(hooked):
    torch.jit.script(hooked)
