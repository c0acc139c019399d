/** Python packages that stand in for frameworks: they answer what the probe asks, and compute nothing. */

/** Tensors that hold one number: how far a result is off. */
const tensors = `
class Tensor:
    def __init__(self, value, off=0.0):
        self.value, self.off = value, off
    def cuda(self):
        return Tensor(self.value, OFF)
    def cpu(self):
        return self
    def double(self):
        return self
    def matmul(self, other):
        return self
    def abs(self):
        return self
    def max(self):
        return self.value + self.off
    def __sub__(self, other):
        return Tensor(self.off)

def rand(*shape):
    return Tensor(1.0)

def manual_seed(seed):
    pass

class nn:
    class functional:
        @staticmethod
        def conv2d(images, kernels):
            return images
`

const cuda = (methods: string) => `
class cuda:
    @staticmethod
    def get_device_name(index):
        return "NVIDIA A100-SXM4-40GB (simulated)"
${methods}
`

const available = `    @staticmethod
    def is_available():
        return True`

/** @param off relative error of what it computes. */
export const goodTorch = (off = 0) => `
__version__ = "2.0.1+cu118"
OFF = ${off}
class version:
    cuda = "11.8"
${tensors}${cuda(available)}`

const torchThat = (statement: string) =>
  goodTorch().replace('        return self\n', `        ${statement}\n`)

export interface PlantedCase {
  readonly title: string
  readonly code: string
  readonly files: Readonly<Record<string, string>>
}

const init = 'torch/__init__.py'

export const plantedCases: readonly PlantedCase[] = [
  {
    title: 'a build without CUDA',
    code: 'FRAMEWORK_CPU_ONLY',
    files: { [init]: goodTorch().replace('cuda = "11.8"', 'cuda = None') },
  },
  {
    title: 'no code for this GPU',
    code: 'ARCH_NOT_IN_FRAMEWORK',
    files: {
      [init]: torchThat(
        'raise RuntimeError("CUDA error: no kernel image is available for execution on the device")',
      ),
    },
  },
  {
    title: 'a library that is not there',
    code: 'CUDA_LIBRARY_MISSING',
    files: {
      [init]:
        'raise ImportError("libcudnn.so.8: cannot open shared object file: No such file or directory")',
    },
  },
  {
    title: 'no GPU in sight',
    code: 'FRAMEWORK_SEES_NO_GPU',
    files: {
      [init]: goodTorch().replace(
        available,
        `    @staticmethod
    def is_available():
        return False
    @staticmethod
    def init():
        raise RuntimeError("No CUDA GPUs are available")`,
      ),
    },
  },
  { title: 'a wrong product', code: 'WRONG_RESULT', files: { [init]: goodTorch(0.01) } },
  {
    title: 'what is no number',
    code: 'WRONG_RESULT',
    files: { [init]: goodTorch().replace('OFF = 0', 'OFF = float("nan")') },
  },
  {
    title: 'a crash',
    code: 'PROBE_CRASHED',
    files: { [init]: 'import os\nos.kill(os.getpid(), 11)\n' },
  },
  {
    title: 'an end without a word',
    code: 'PROBE_CRASHED',
    files: { [init]: 'import os\nos._exit(0)\n' },
  },
  {
    title: 'a kill',
    code: 'PROBE_KILLED',
    files: { [init]: 'import os\nos.kill(os.getpid(), 9)\n' },
  },
  {
    title: 'a package that is broken',
    code: 'FRAMEWORK_IMPORT_FAILED',
    files: { [init]: 'import nowhere\n' },
  },
  {
    title: 'another error',
    code: 'FRAMEWORK_FAILED',
    files: { [init]: 'raise ValueError("\\x1e\\x02{}\\x03 \\u2028")\n' },
  },
  {
    title: 'a hang, with a child that holds the pipe',
    code: 'PROBE_TIMEOUT',
    files: {
      [init]: 'import os, time\nos.fork()\ntime.sleep(1000)\n',
    },
  },
]
