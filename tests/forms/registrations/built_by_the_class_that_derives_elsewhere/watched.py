from base import Base


def show(module, inputs, output):  # HKP204
    print(output.shape)


class Watched(Base):
    def watch(self):
        self.fc.register_forward_hook(show)
