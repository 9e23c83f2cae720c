"""The same training in several processes, on one machine or more: each computes its share of every batch.

A worker uses all devices of its process: one worker is enough for a machine with several GPUs.

Keras and JAX do the work: `keras.distribution` says who holds what, XLA divides the computation and adds the
parts up. `cnnbook.launch` starts the workers of a machine.
"""

import os
import sys
import threading
import time
from collections.abc import Callable

from cnnbook.backend import keras
from cnnbook.launch import PLACE, leave, parse_place
from cnnbook.system import silenced

SILENCE = 30  # seconds until JAX takes a worker of which nothing is heard for dead


def join() -> None:
    """In a worker, wait for the others, and have every network built from here on trained by all together.

    Elsewhere nothing. JAX asks that it comes before anything is computed. From here on a worker ends when the
    process that started it has ended.

    Source: https://docs.jax.dev/en/latest/multi_process.html
    """
    if PLACE not in os.environ:
        return
    threading.Thread(target=_end_with_parent, daemon=True).start()
    import jax

    number, count, address = parse_place(os.environ[PLACE])
    # `keras.distribution.initialize` calls this, too, but would listen to every network, and notice a worker
    # that hangs after 100 seconds.
    jax.distributed.initialize(
        address, count, number, coordinator_bind_address=address, heartbeat_timeout_seconds=SILENCE
    )
    sys.excepthook = _leave_with_traceback
    keras.distribution.set_distribution(_shared_batches())
    keras.utils.set_random_seed(0)  # JAX checks that all start a network with the same numbers
    with silenced(sys.stdout.fileno()):  # Gloo, which connects processors, prints that it does
        once(lambda: None)


def count() -> int:
    """Count the workers that train together: 0 where a process trains by itself, on one device."""
    distribution = keras.distribution.distribution()
    return distribution.num_processes if distribution else 0


def once(write: Callable[..., object], *arguments: object) -> None:
    """Call `write(*arguments)` in the first worker alone; all go on when it is done.

    It must not make or set variables of Keras: all workers do that together.
    """
    if not count():
        write(*arguments)
        return
    import jax
    from jax.experimental import multihost_utils

    if jax.process_index() == 0:
        write(*arguments)
    multihost_utils.sync_global_devices("written")


def _end_with_parent() -> None:
    sys.stdin.read()  # a pipe, which closes however the parent ends
    os._exit(1)


def _leave_with_traceback(*exception) -> None:
    sys.__excepthook__(*exception)
    time.sleep(1)  # where it came of another's death, that one is noticed first
    leave(1)


def _shared_batches() -> keras.distribution.DataParallel:
    """A distribution in which every worker is given whole batches and computes its share of each layer.

    `DataParallel` itself takes equal parts of a batch, one from each worker, and so no batch of 63 for two.
    Here XLA divides it, whatever its size, and computes what one process would: the statistics of
    BatchNormalization are those of the whole batch, and Dropout draws the same numbers.
    """
    layout = keras.distribution.TensorLayout

    class SharedBatches(keras.distribution.DataParallel):
        def get_data_layout(self, data_shape):
            return layout([None] * len(data_shape), self.device_mesh)

        def get_tensor_layout(self, path):
            # Everyone gets the answers: `predict` can return only what its own process holds.
            shared = [] if path.endswith("/probabilities/output") else [self.batch_dim_name]
            return layout(shared, self.device_mesh)

    return SharedBatches(auto_shard_dataset=False)
