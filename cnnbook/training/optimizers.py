"""Gradient descent with two ingredients that Keras has not."""

from typing import Any

from cnnbook.backend import keras

Rate = float | keras.optimizers.schedules.LearningRateSchedule
EVERY = 5  # batches from one look ahead to the next


@keras.saving.register_keras_serializable("cnnbook")
class LookaheadSGD(keras.optimizers.SGD):
    """`keras.optimizers.SGD` with a learning rate for the biases of batch normalization, and a slow copy of
    the weights.

    Args:
        learning_rate: a number, or a schedule of Keras.
        steps: how many batches there will be.
        bias_rate: how many times the learning rate the biases of batch normalization have (Keras calls them
            beta), and neither its scale nor the bias of any other layer. What weight decay takes away does
            not grow with it.
        lookahead: 0 for none. Otherwise every fifth batch the slow copy moves towards the weights, and they
            start again from it. The share of itself that it then keeps is `lookahead` ** 5, times the cube of
            the share of `steps` that is done: nearly nothing at first. After the last of `steps` batches the
            weights are the copy.
        options: those of `keras.optimizers.SGD`.

    Source, of the biases: K. Jordan, 94% on CIFAR-10 in 3.29 Seconds on a Single GPU, 2024, section 3.4
    (arXiv 2404.00498), and airbench94.py in its repository, KellerJordan/cifar10-airbench: `bias_scaler`; of
    the slow copy: M. Zhang et al., Lookahead Optimizer: k Steps Forward, 1 Step Back, 2019 (arXiv
    1907.08610), with the cube of Jordan, 2024.
    """

    def __init__(
        self,
        learning_rate: Rate,
        steps: int,
        bias_rate: float = 1.0,
        lookahead: float = 0.0,
        **options: object,
    ):
        super().__init__(learning_rate, **options)
        self.steps, self.bias_rate, self.lookahead = steps, bias_rate, lookahead

    def build(self, variables: list) -> None:
        """Make the slow copy of the variables to train; Keras calls this."""
        if self.built:
            return
        super().build(variables)
        self.rates = [self.bias_rate if variable.name == "beta" else 1.0 for variable in variables]
        if self.lookahead:
            self.slow = self.add_optimizer_variables(variables, "slow")
            for slow, variable in zip(self.slow, variables, strict=True):
                slow.assign(keras.ops.copy(variable))  # JAX refuses two variables in one place of memory

    def update_step(self, gradient: Any, variable: keras.Variable, learning_rate: Any) -> None:
        """Change one variable by its gradient, a tensor of its shape; Keras calls this."""
        number = self._get_variable_index(variable)
        super().update_step(gradient, variable, learning_rate * self.rates[number])
        if self.lookahead:
            self._look(variable, self.slow[number])

    def _look(self, variable, slow):
        ops = keras.ops
        step = ops.cast(self.iterations, "float32") + 1
        last = step >= self.steps
        kept = ops.where(last, 1.0, self.lookahead**EVERY * (step / self.steps) ** 3)
        before, weights = ops.convert_to_tensor(slow), ops.convert_to_tensor(variable)
        moved = kept * before + (1 - kept) * weights
        looks = ops.logical_or(last, step % EVERY == 0)
        self.assign(slow, ops.where(looks, moved, before))
        self.assign(variable, ops.where(looks, moved, weights))

    def get_config(self) -> dict:
        """Return the arguments that make the same optimizer again; Keras calls this."""
        own = {"steps": self.steps, "bias_rate": self.bias_rate, "lookahead": self.lookahead}
        return super().get_config() | own
