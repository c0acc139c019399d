import type { Reason } from './reason.ts'

/** What the probe in an image may find. */
export const probeReasons = {
  OK: {
    severity: 'ok',
    owner: 'farm',
    message: {
      en: 'CUDA works in this image: {gpu} computed the expected result.',
      zh: '此镜像中 CUDA 可用：{gpu} 计算出预期结果。',
    },
    fix: { en: 'Nothing to do.', zh: '无需处理。' },
  },
  COMPAT_NOT_SUPPORTED_ON_DEVICE: {
    severity: 'error',
    owner: 'image',
    message: {
      en: "The image's cuda-compat library was used on a GPU that does not allow it (804).",
      zh: '镜像的 cuda-compat 库用在了不允许它的 GPU 上（804）。',
    },
    fix: {
      en: 'Take /usr/local/cuda/compat out of LD_LIBRARY_PATH, or update the driver.',
      zh: '从 LD_LIBRARY_PATH 移除 /usr/local/cuda/compat，或更新驱动。',
    },
  },
  CUDA_LIBRARY_MISSING: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'A CUDA library could not be loaded: {library}.',
      zh: '无法加载 CUDA 库：{library}。',
    },
    fix: { en: 'Install it, or run ldconfig.', zh: '安装它，或执行 ldconfig。' },
  },
  CUBLAS_FAILED: {
    severity: 'error',
    owner: 'image',
    message: { en: 'cuBLAS failed: {detail}.', zh: 'cuBLAS 失败：{detail}。' },
    fix: {
      en: 'Most often too little memory, or a wrong library on LD_LIBRARY_PATH.',
      zh: '通常是显存不足，或 LD_LIBRARY_PATH 中有错误的库。',
    },
  },
  LIBCUDA_MISSING: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'There is no libcuda.so.1 in the container: it was not given a GPU.',
      zh: '容器中没有 libcuda.so.1：它没有得到 GPU。',
    },
    fix: {
      en: 'Look at the CDI specification, the entitlement and the device name.',
      zh: '检查 CDI 规范、权限和设备名。',
    },
  },
  LIBCUDA_BROKEN_FILE: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'libcuda.so.1 in the container is empty or no library.',
      zh: '容器中的 libcuda.so.1 为空或不是库文件。',
    },
    fix: { en: 'Take the driver files out of the image.', zh: '从镜像中移除驱动文件。' },
  },
  LIBCUDA_LOAD_FAILED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'libcuda.so.1 could not be loaded: {detail}.',
      zh: '无法加载 libcuda.so.1：{detail}。',
    },
    fix: {
      en: "Look at the image's C library and its search path.",
      zh: '检查镜像的 C 库及搜索路径。',
    },
  },
  LIBCUDA_INCOMPLETE: {
    severity: 'error',
    owner: 'image',
    message: {
      en: "libcuda.so.1 lacks {symbol}: it is too old or not NVIDIA's.",
      zh: 'libcuda.so.1 缺少 {symbol}：版本太旧或不是 NVIDIA 的。',
    },
    fix: { en: 'Take it out of the image.', zh: '从镜像中移除它。' },
  },
  NO_DEVICE: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The driver answers but shows no GPU to the container (100).',
      zh: '驱动有响应，但容器看不到 GPU(100)。',
    },
    fix: {
      en: 'Look at device nodes, cgroup rules, CUDA_VISIBLE_DEVICES and MIG instances.',
      zh: '检查设备节点、cgroup 规则、CUDA_VISIBLE_DEVICES 和 MIG 实例。',
    },
  },
  CUDA_UNKNOWN: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver says unknown error (999), most often because nvidia-uvm is not loaded or has no device node.',
      zh: '驱动报告未知错误（999），通常因为 nvidia-uvm 未加载或缺少设备节点。',
    },
    fix: { en: 'Run modprobe nvidia-uvm, or reboot.', zh: '执行 modprobe nvidia-uvm，或重启。' },
  },
  SYSTEM_NOT_READY: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver says that the system is not ready (802): on NVSwitch machines the fabric manager does not run.',
      zh: '驱动报告系统未就绪（802）：NVSwitch 机器上的 fabric manager 没有运行。',
    },
    fix: { en: 'Start nvidia-fabricmanager.', zh: '启动 nvidia-fabricmanager。' },
  },
  DRIVER_LIBRARY_MISMATCH: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'libcuda and the kernel driver have different versions (803): the image brings its own libcuda, or the driver was updated without a reboot.',
      zh: 'libcuda 与内核驱动版本不同（803）：镜像自带 libcuda，或驱动更新后没有重启。',
    },
    fix: {
      en: 'Take libcuda out of the image; reboot the node.',
      zh: '从镜像中移除 libcuda；重启节点。',
    },
  },
  GPU_BUSY_EXCLUSIVE: {
    severity: 'retry',
    owner: 'node',
    message: {
      en: 'Another process holds the GPU in exclusive mode (46).',
      zh: 'GPU 被其他进程以独占模式占用（46）。',
    },
    fix: {
      en: 'Nothing to do: the farm waits and tries again.',
      zh: '无需处理：系统会等待并重试。',
    },
  },
  GPU_OUT_OF_MEMORY: {
    severity: 'retry',
    owner: 'node',
    message: {
      en: 'The GPU has too little memory (2): {free} MiB are free.',
      zh: 'GPU 显存不足（2）：剩余 {free} MiB。',
    },
    fix: { en: 'Wait for a free slot.', zh: '等待空闲槽位。' },
  },
  GPU_MEMORY_LOW: {
    severity: 'retry',
    owner: 'node',
    message: {
      en: '{free} MiB are free, and the check asks for {want} MiB.',
      zh: '剩余 {free} MiB，而检查需要 {want} MiB。',
    },
    fix: { en: 'Wait, or ask for less.', zh: '等待，或降低要求。' },
  },
  NO_KERNEL_IMAGE: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The program has no code for this GPU (209).',
      zh: '程序没有此 GPU 的代码（209）。',
    },
    fix: { en: 'Install a build that has code for it.', zh: '安装包含其代码的版本。' },
  },
  PTX_TOO_NEW_FOR_DRIVER: {
    severity: 'error',
    owner: 'node',
    message: {
      en: "The program's PTX is newer than the driver's compiler (222).",
      zh: '程序的 PTX 比驱动的编译器新（222）。',
    },
    fix: {
      en: 'Update the driver, or ship ready code for this GPU.',
      zh: '更新驱动，或提供此 GPU 的现成代码。',
    },
  },
  PTX_INVALID: {
    severity: 'error',
    owner: 'image',
    message: { en: 'PTX could not be compiled (218).', zh: '无法编译 PTX(218)。' },
    fix: { en: 'Build the program again.', zh: '重新构建程序。' },
  },
  JIT_COMPILER_MISSING: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'libnvidia-ptxjitcompiler.so.1 is not in the container (221).',
      zh: '容器中没有 libnvidia-ptxjitcompiler.so.1(221)。',
    },
    fix: {
      en: 'NVIDIA_DRIVER_CAPABILITIES must hold compute.',
      zh: 'NVIDIA_DRIVER_CAPABILITIES 必须包含 compute。',
    },
  },
  GPU_ACCESS_NOT_PERMITTED: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The operation is not permitted (800): device cgroup or seccomp.',
      zh: '操作不被允许（800）：设备 cgroup 或 seccomp。',
    },
    fix: { en: "Look at the node's container runtime.", zh: '检查节点的容器运行时。' },
  },
  KERNEL_ILLEGAL_ADDRESS: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The test kernel hit a bad address (700).',
      zh: '测试内核访问了非法地址（700）。',
    },
    fix: {
      en: 'Suspect the GPU or its driver: the kernel is known to be good.',
      zh: '怀疑 GPU 或驱动：该内核已知正确。',
    },
  },
  KERNEL_LAUNCH_FAILED: {
    severity: 'error',
    owner: 'node',
    message: { en: 'The test kernel failed (719).', zh: '测试内核执行失败（719）。' },
    fix: { en: 'Look for an Xid in the kernel log.', zh: '在内核日志中查找 Xid。' },
  },
  KERNEL_TIMEOUT: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The test kernel ran too long (702): a display watchdog is active.',
      zh: '测试内核运行过久（702）：显示看门狗处于启用状态。',
    },
    fix: { en: 'Use a GPU without a display.', zh: '使用不接显示器的 GPU。' },
  },
  WRONG_RESULT: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The GPU computed {wrong} wrong values of {total}.',
      zh: 'GPU 计算的 {total} 个值中有 {wrong} 个错误。',
    },
    fix: {
      en: 'Take the GPU out of service and run dcgmi diag -r 3.',
      zh: '停用该 GPU 并执行 dcgmi diag -r 3。',
    },
  },
  MPS_FAILED: {
    severity: 'error',
    owner: 'node',
    message: { en: 'The MPS daemon refused.', zh: 'MPS 守护进程拒绝了请求。' },
    fix: { en: 'Look at nvidia-cuda-mps-control.', zh: '检查 nvidia-cuda-mps-control。' },
  },
  PROBE_TIMEOUT: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver did not answer within {seconds} s at {stage}.',
      zh: '驱动在 {stage} 阶段 {seconds} 秒内没有响应。',
    },
    fix: {
      en: 'Look for hung processes and for Xid 119 or 120.',
      zh: '查找挂起的进程以及 Xid 119 或 120。',
    },
  },
  PROBE_CRASHED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The check crashed with signal {signal} at {stage}.',
      zh: '检查在 {stage} 阶段因信号 {signal} 崩溃。',
    },
    fix: {
      en: 'Look at what the image loads before its own libraries.',
      zh: '检查镜像优先加载的内容。',
    },
  },
  PROBE_KILLED: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The check was killed, most often for using more memory than it may.',
      zh: '检查被终止，通常因为超出内存限制。',
    },
    fix: { en: 'Raise the limit of the verification.', zh: '提高验证的内存限制。' },
  },
  FRAMEWORK_SEES_NO_GPU: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The driver check passed but {framework} sees no GPU: a library that it needs did not load.',
      zh: '驱动检查通过，但 {framework} 看不到 GPU：它需要的某个库没有加载。',
    },
    fix: { en: 'Look at the log lines with dlopen.', zh: '查看包含 dlopen 的日志行。' },
  },
  FRAMEWORK_IMPORT_FAILED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'import {framework} failed: {detail}.',
      zh: 'import {framework} 失败：{detail}。',
    },
    fix: { en: 'Look at the packages of the image.', zh: '检查镜像的软件包。' },
  },
  FRAMEWORK_FAILED: {
    severity: 'error',
    owner: 'image',
    message: { en: '{framework} failed: {detail}.', zh: '{framework} 失败：{detail}。' },
    fix: { en: 'Look at the log of the verification.', zh: '查看验证日志。' },
  },
  NOT_MEASURED: {
    severity: 'info',
    owner: 'farm',
    message: {
      en: 'No GPU of this kind was free, so this was computed and not measured.',
      zh: '没有空闲的此类 GPU，因此结果为计算所得，未经实测。',
    },
    fix: { en: 'Nothing to do.', zh: '无需处理。' },
  },
  SIMULATED: {
    severity: 'info',
    owner: 'farm',
    message: {
      en: 'This ran against the simulated driver and says nothing about a real GPU.',
      zh: '此次运行使用模拟驱动，不能说明真实 GPU 的情况。',
    },
    fix: { en: 'Nothing to do.', zh: '无需处理。' },
  },
  NVCC_SKIPPED: {
    severity: 'info',
    owner: 'image',
    message: {
      en: 'The image has no nvcc, so nothing was compiled.',
      zh: '镜像没有 nvcc，因此没有编译任何内容。',
    },
    fix: { en: 'Nothing to do.', zh: '无需处理。' },
  },
  NVCC_FAILED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'nvcc could not build the test program for sm_{target}: {detail}.',
      zh: 'nvcc 无法为 sm_{target} 构建测试程序：{detail}。',
    },
    fix: { en: "Look at the image's toolkit and compiler.", zh: '检查镜像的工具包和编译器。' },
  },
  NOT_SUPPORTED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver does not support the operation (801).',
      zh: '驱动不支持该操作（801）。',
    },
    fix: { en: 'Update the driver.', zh: '更新驱动。' },
  },
  CUDA_NOT_INITIALIZED: {
    severity: 'error',
    owner: 'farm',
    message: { en: 'The driver was not initialised (3).', zh: '驱动没有初始化（3）。' },
    fix: { en: 'Report it: this is a fault of the check.', zh: '请报告：这是检查程序的错误。' },
  },
  BAD_DEVICE_ORDINAL: {
    severity: 'error',
    owner: 'farm',
    message: { en: 'The device number is out of range (101).', zh: '设备编号超出范围（101）。' },
    fix: { en: 'Report it: this is a fault of the check.', zh: '请报告：这是检查程序的错误。' },
  },
  CUDA_ERROR: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver answered error {code} ({name}).',
      zh: '驱动返回错误 {code}（{name}）。',
    },
    fix: { en: 'Look the code up in the driver API.', zh: '在驱动 API 文档中查找该错误码。' },
  },
} as const satisfies Record<string, Reason>
