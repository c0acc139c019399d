"""Proves that the frameworks of an image compute on the GPU.

Finds torch, tensorflow, jax and cupy without importing them and lets each compute in a process of its own: a product of
two 512 x 512 matrices, and for torch one convolution (cuDNN), compared with the processor. Says what it found in one line
of JSON on stdout. Needs nothing but Python 3.6. Exit status: 0 all passed, 1 something is wrong and the line says what.

What the frameworks print goes to stderr. A result comes back through a pipe, framed and with a token that is new each
time, so nothing that is printed by accident can pass for it.
"""
import argparse
import importlib.util
import json
import os
import select
import signal
import subprocess
import sys
import time

NAMES = ("torch", "tensorflow", "jax", "cupy")
SIZE = 512
START, END = "\x02", "\x03"
MAX_ANSWER = 64 * 1024
MAX_DETAIL = 300

# Somebody else may use the same GPU: take what is needed, not all that is free.
MODEST = {
    "TF_FORCE_GPU_ALLOW_GROWTH": "true",
    "TF_CPP_MIN_LOG_LEVEL": "1",
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
}


class Fault(Exception):
    def __init__(self, reason, detail=""):
        super().__init__(detail)
        self.reason = reason


# In this order: the first text that is found decides.
TEXTS = (
    ("no kernel image is available", "ARCH_NOT_IN_FRAMEWORK"),
    ("not compiled with CUDA enabled", "FRAMEWORK_CPU_ONLY"),
    ("driver version is insufficient", "DRIVER_TOO_OLD"),
    ("driver on your system is too old", "DRIVER_TOO_OLD"),
    ("provided PTX was compiled with an unsupported toolchain", "PTX_TOO_NEW_FOR_DRIVER"),
    ("UNSUPPORTED_PTX_VERSION", "PTX_TOO_NEW_FOR_DRIVER"),
    ("forward compatibility was attempted on non supported HW", "COMPAT_NOT_SUPPORTED_ON_DEVICE"),
    ("out of memory", "GPU_OUT_OF_MEMORY"),
    ("OUT_OF_MEMORY", "GPU_OUT_OF_MEMORY"),
    ("RESOURCE_EXHAUSTED", "GPU_OUT_OF_MEMORY"),
    ("all CUDA-capable devices are busy or unavailable", "GPU_BUSY_EXCLUSIVE"),
    ("illegal memory access", "KERNEL_ILLEGAL_ADDRESS"),
    ("unspecified launch failure", "KERNEL_LAUNCH_FAILED"),
    ("uncorrectable ECC error", "GPU_ECC_UNCORRECTABLE"),
    ("CUDNN_STATUS_VERSION_MISMATCH", "CUDNN_VERSION_MISMATCH"),
    ("cuDNN version incompatibility", "CUDNN_VERSION_MISMATCH"),
    ("CUDNN_STATUS_SUBLIBRARY_VERSION_MISMATCH", "CUDNN_VERSION_MISMATCH"),
    ("CUBLAS_STATUS", "CUBLAS_FAILED"),
    ("cannot open shared object file", "CUDA_LIBRARY_MISSING"),
    ("Could not load library", "CUDA_LIBRARY_MISSING"),
    ("not found in the system path", "CUDA_LIBRARY_MISSING"),
    ("Found no NVIDIA driver", "FRAMEWORK_SEES_NO_GPU"),
    ("No CUDA GPUs are available", "FRAMEWORK_SEES_NO_GPU"),
    ("no CUDA-capable device is detected", "FRAMEWORK_SEES_NO_GPU"),
)


def reason_of(text, otherwise):
    for part, reason in TEXTS:
        if part in text:
            return reason
    return otherwise


def check_error(error, limit):
    # `not (x < y)` and not `x >= y`: what is not a number has not passed.
    if not error < limit:
        raise Fault("WRONG_RESULT", "relative error %g, at most %g is expected" % (error, limit))


def check_torch(result):
    import torch

    result["version"] = str(torch.__version__)
    result["cuda"] = torch.version.cuda or ""
    if not result["cuda"]:
        raise Fault("FRAMEWORK_CPU_ONLY")
    if not torch.cuda.is_available():
        torch.cuda.init()
        raise Fault("FRAMEWORK_SEES_NO_GPU", "torch.cuda.is_available() is False")
    result["device"] = torch.cuda.get_device_name(0)
    torch.manual_seed(0)
    a, b = torch.rand(SIZE, SIZE), torch.rand(SIZE, SIZE)
    check_error(torch_error(a.cuda().matmul(b.cuda()), a.double().matmul(b.double())), 5e-3)
    images, kernels = torch.rand(2, 8, 32, 32), torch.rand(16, 8, 3, 3)
    convolve = torch.nn.functional.conv2d
    found = convolve(images.cuda(), kernels.cuda())
    check_error(torch_error(found, convolve(images.double(), kernels.double())), 5e-3)


def torch_error(found, expected):
    return float((found.cpu().double() - expected).abs().max() / expected.abs().max())


def check_tensorflow(result):
    import tensorflow as tf

    result["version"] = str(tf.__version__)
    if not tf.test.is_built_with_cuda():
        raise Fault("FRAMEWORK_CPU_ONLY")
    result["cuda"] = str(tf.sysconfig.get_build_info().get("cuda_version", ""))
    devices = tf.config.list_physical_devices("GPU")
    if not devices:
        raise Fault("FRAMEWORK_SEES_NO_GPU", "no physical device of the kind GPU")
    result["device"] = str(tf.config.experimental.get_device_details(devices[0]).get("device_name", ""))
    tf.config.set_soft_device_placement(False)
    a, b = (tf.random.stateless_uniform((SIZE, SIZE), seed=(0, seed)) for seed in (1, 2))
    with tf.device("/GPU:0"):
        found = tf.matmul(tf.identity(a), tf.identity(b))
    with tf.device("/CPU:0"):
        expected = tf.matmul(tf.cast(a, tf.float64), tf.cast(b, tf.float64))
        error = tf.reduce_max(tf.abs(tf.cast(found, tf.float64) - expected)) / tf.reduce_max(expected)
    check_error(float(error), 5e-3)


def check_jax(result):
    import jax
    import numpy

    result["version"] = str(jax.__version__)
    result["cuda"] = jax_cuda()
    try:
        device = jax.devices("gpu")[0]
    except RuntimeError as error:
        if not result["cuda"]:
            raise Fault("FRAMEWORK_CPU_ONLY", error)
        raise Fault(reason_of(str(error), "FRAMEWORK_SEES_NO_GPU"), error)
    result["device"] = str(device.device_kind)
    random = numpy.random.RandomState(0)
    a, b = (random.rand(SIZE, SIZE).astype("float32") for _ in range(2))
    found = numpy.asarray(jax.numpy.dot(jax.device_put(a, device), jax.device_put(b, device)), "float64")
    expected = a.astype("float64").dot(b.astype("float64"))
    check_error(float(abs(found - expected).max() / expected.max()), 2e-2)


def jax_cuda():
    """CUDA comes as a plugin; before there were plugins, it was told by the version of jaxlib."""
    import jaxlib

    for major in ("13", "12"):
        if importlib.util.find_spec("jax_cuda%s_plugin" % major) is not None:
            return major
    return str(jaxlib.__version__).partition("+cuda")[2].partition(".")[0]


def check_cupy(result):
    import cupy
    import numpy

    result["version"] = str(cupy.__version__)
    result["cuda"] = version_text(cupy.cuda.runtime.runtimeGetVersion())
    if cupy.cuda.runtime.getDeviceCount() == 0:
        raise Fault("FRAMEWORK_SEES_NO_GPU", "no device")
    result["device"] = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode("ascii", "replace")
    random = numpy.random.RandomState(0)
    a, b = (random.rand(SIZE, SIZE) for _ in range(2))
    found = cupy.asnumpy(cupy.asarray(a).dot(cupy.asarray(b)))
    expected = a.dot(b)
    check_error(float(abs(found - expected).max() / expected.max()), 1e-6)


def version_text(number):
    return "%d.%d" % (number // 1000, number % 1000 // 10)


CHECKS = {"torch": check_torch, "tensorflow": check_tensorflow, "jax": check_jax, "cupy": check_cupy}


def outcome(reason="OK", detail=""):
    return {"ok": reason == "OK", "reason": reason, "detail": printable(detail)}


def printable(text):
    return "".join(c if " " <= c <= "~" else " " for c in str(text))[-MAX_DETAIL:]


def check(name):
    """Runs in the child."""
    result = {"name": name, "version": "", "cuda": "", "device": ""}
    try:
        CHECKS[name](result)
        result.update(outcome())
    except Fault as fault:
        result.update(outcome(fault.reason, fault))
    except ImportError as error:
        result.update(outcome(reason_of(str(error), "FRAMEWORK_IMPORT_FAILED"), error))
    except Exception as error:
        result.update(outcome(reason_of(str(error), "FRAMEWORK_FAILED"), "%s: %s" % (type(error).__name__, error)))
    return result


def find():
    """Runs in a child as well, with the module path that the image's users have."""
    return [name for name in NAMES if importlib.util.find_spec(name) is not None]


def child(task, token, fd):
    answer = find() if task == "find" else check(task)
    frame = START + token + json.dumps(answer) + END
    with os.fdopen(fd, "w") as pipe:
        pipe.write(frame)
    # Not sys.exit: a framework's own clean-up may hang, and everything has been said.
    os._exit(0)


def child_environment():
    kept = ("PYTHONPATH", "PYTHONHOME")
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON") or name in kept}
    env.update(MODEST)
    return env


def run_child(task, deadline):
    """The child's answer, or how it ended without one."""
    token = os.urandom(16).hex()
    read_end, write_end = os.pipe()
    command = [sys.executable, "-B", os.path.abspath(__file__), "--child", task, token, str(write_end)]
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        env=child_environment(),
        pass_fds=(write_end,),
        start_new_session=True,
    )
    os.close(write_end)
    try:
        text = read_until(read_end, deadline)
    finally:
        os.close(read_end)
        answered = wait(process, deadline)
        kill_group(process)
    frame = text.split(START + token, 1)
    if len(frame) == 2 and frame[1].endswith(END):
        return json.loads(frame[1][: -len(END)])
    if not answered:
        return outcome("PROBE_TIMEOUT", "no answer in time")
    if process.returncode == -signal.SIGKILL:
        return outcome("PROBE_KILLED", "killed, most often for its memory")
    if process.returncode < 0:
        return outcome("PROBE_CRASHED", "signal %d" % -process.returncode)
    return outcome("PROBE_CRASHED", "exit status %d without a result" % process.returncode)


def read_until(fd, deadline):
    parts = []
    while sum(map(len, parts)) < MAX_ANSWER:
        left = deadline - time.monotonic()
        ready = left > 0 and select.select([fd], [], [], left)[0]
        part = os.read(fd, MAX_ANSWER) if ready else b""
        if not part:
            break
        parts.append(part)
        if part.endswith(END.encode()):
            break
    return b"".join(parts).decode("utf-8", "replace")


def wait(process, deadline):
    try:
        process.wait(max(deadline - time.monotonic(), 0.1))
        return True
    except subprocess.TimeoutExpired:
        return False


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def probe(names, deadline):
    results = []
    for done, name in enumerate(names):
        started = time.monotonic()
        # Each gets its share of what is left, so that one that hangs does not hide the others.
        share = (deadline - started) / (len(names) - done)
        result = {"name": name, "version": "", "cuda": "", "device": ""}
        result.update(run_child(name, started + share))
        result["duration_ms"] = elapsed(started)
        results.append(result)
    return results


def elapsed(started):
    return round((time.monotonic() - started) * 1000, 3)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nonce", default="")
    parser.add_argument("--limit", type=float, default=300)
    options = parser.parse_args()
    started = time.monotonic()
    # What libraries print must not mix with the one line on stdout.
    answers = os.dup(1)
    os.dup2(2, 1)
    deadline = started + options.limit
    found = run_child("find", deadline)
    frameworks = probe(found, deadline) if isinstance(found, list) else []
    faults = [framework for framework in frameworks if not framework["ok"]]
    first = found if isinstance(found, dict) else faults[0] if faults else outcome()
    report = {
        "probe": "frameworks",
        "version": 1,
        "nonce": options.nonce,
        "python": "%d.%d.%d" % sys.version_info[:3],
        "frameworks": frameworks,
        "duration_ms": elapsed(started),
    }
    report.update({key: first[key] for key in ("ok", "reason", "detail")})
    os.write(answers, (json.dumps(report) + "\n").encode())
    return 0 if report["ok"] else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(sys.argv[2], sys.argv[3], int(sys.argv[4]))
    sys.exit(main())
