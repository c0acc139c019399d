import type { Reason } from './reason.ts'

/** What an image may have wrong, found in its files. */
export const imageReasons = {
  IMAGE_NOT_GPU: {
    severity: 'info',
    owner: 'image',
    message: { en: 'Nothing in the image speaks of CUDA.', zh: '镜像中没有任何 CUDA 相关内容。' },
    fix: {
      en: 'Nothing to do, unless it was meant to use a GPU.',
      zh: '无需处理，除非本应使用 GPU。',
    },
  },
  IMAGE_NOT_ANALYSED: {
    severity: 'info',
    owner: 'farm',
    message: { en: "The image's files have not been read.", zh: '尚未读取镜像的文件。' },
    fix: {
      en: 'Nothing to do; the farm tries again with the next version.',
      zh: '无需处理；下个版本会再次尝试。',
    },
  },
  DRIVER_TOO_OLD: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The image needs CUDA {need}, which takes driver {floor} or newer; the node has {driver}.',
      zh: '镜像需要 CUDA {need}，要求驱动 {floor} 或更新；此节点为 {driver}。',
    },
    fix: {
      en: 'Use a node with a newer driver, or build for CUDA {max}.',
      zh: '使用驱动更新的节点，或基于 CUDA {max} 构建。',
    },
  },
  DRIVER_MINOR_COMPAT: {
    severity: 'note',
    owner: 'node',
    message: {
      en: "The node's driver is older than the image's CUDA {need} but of its family, so it runs; code compiled at run time from newer PTX may fail.",
      zh: '节点驱动比镜像的 CUDA {need} 旧，但属同一系列，可以运行；运行时从较新 PTX 编译的代码可能失败。',
    },
    fix: {
      en: 'Update the driver to {bundled} to be safe.',
      zh: '为稳妥起见，将驱动更新到 {bundled}。',
    },
  },
  NEEDS_FORWARD_COMPAT: {
    severity: 'unsure',
    owner: 'node',
    message: {
      en: 'It can only run through the cuda-compat package in the image, which is supported on data-centre GPUs only.',
      zh: '只能通过镜像内的 cuda-compat 软件包运行，该方式仅在数据中心 GPU 上受支持。',
    },
    fix: { en: 'Update the driver to {floor} or newer.', zh: '将驱动更新到 {floor} 或更新。' },
  },
  ARCH_NOT_IN_FRAMEWORK: {
    severity: 'error',
    owner: 'image',
    message: {
      en: '{framework} {version} has no code for this GPU (sm_{target}); it has {has}.',
      zh: '{framework} {version} 没有此 GPU(sm_{target})的代码；它包含 {has}。',
    },
    fix: {
      en: 'Install a build with code for sm_{target}.',
      zh: '安装包含 sm_{target} 代码的版本。',
    },
  },
  ARCH_NOT_IN_LIBRARY: {
    severity: 'unsure',
    owner: 'image',
    message: {
      en: '{path} has no code for this GPU (sm_{target}); it has {has}.',
      zh: '{path} 没有此 GPU(sm_{target})的代码；它包含 {has}。',
    },
    fix: {
      en: 'Build it for sm_{target} when it is used on this GPU.',
      zh: '若在此 GPU 上使用，请为 sm_{target} 编译。',
    },
  },
  PTX_JIT: {
    severity: 'note',
    owner: 'image',
    message: {
      en: '{framework} has no ready code for this GPU and compiles it on first use: the first start takes minutes.',
      zh: '{framework} 没有此 GPU 的现成代码，首次使用时编译：首次启动需要数分钟。',
    },
    fix: {
      en: 'Keep ~/.nv/ComputeCache, or use a build with sm_{target}.',
      zh: '保留 ~/.nv/ComputeCache，或使用包含 sm_{target} 的版本。',
    },
  },
  ARCH_NEWER_THAN_TOOLKIT: {
    severity: 'unsure',
    owner: 'image',
    message: {
      en: 'The CUDA {cuda} libraries are older than this GPU, which is native from CUDA {native}.',
      zh: 'CUDA {cuda} 的库早于此 GPU，其原生支持始于 CUDA {native}。',
    },
    fix: {
      en: 'Use an image with CUDA {native} or newer.',
      zh: '使用 CUDA {native} 或更新的镜像。',
    },
  },
  GPU_DROPPED_BY_TOOLKIT: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'CUDA {cuda} no longer supports {architecture} GPUs.',
      zh: 'CUDA {cuda} 已不支持 {architecture} 架构的 GPU。',
    },
    fix: { en: 'Use CUDA {last} or older.', zh: '使用 CUDA {last} 或更旧的版本。' },
  },
  GPU_DROPPED_BY_DRIVER: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'Driver {driver} no longer supports {architecture} GPUs.',
      zh: '驱动 {driver} 已不支持 {architecture} 架构的 GPU。',
    },
    fix: { en: 'Stay on driver branch {branch}.', zh: '保持在 {branch} 驱动分支。' },
  },
  FRAMEWORK_CPU_ONLY: {
    severity: 'error',
    owner: 'image',
    message: {
      en: '{framework} {version} is the build without CUDA.',
      zh: '{framework} {version} 是不含 CUDA 的版本。',
    },
    fix: { en: 'Install it from its CUDA index.', zh: '从其 CUDA 软件源安装。' },
  },
  FRAMEWORK_CUDA_DIFFERS: {
    severity: 'warn',
    owner: 'image',
    message: {
      en: '{framework} brings CUDA {brings} and the base has {base}: what the framework brings is used.',
      zh: '{framework} 自带 CUDA {brings}，而基础镜像为 {base}：实际使用框架自带的版本。',
    },
    fix: {
      en: 'Use the same version in both, or a base without the toolkit.',
      zh: '两者使用相同版本，或使用不含工具包的基础镜像。',
    },
  },
  FRAMEWORK_NOT_INSTALLED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The build was asked for {framework}, and it is not there.',
      zh: '构建要求安装 {framework}，但镜像中没有。',
    },
    fix: { en: 'Look at the build log.', zh: '查看构建日志。' },
  },
  CUDNN_MISSING: {
    severity: 'error',
    owner: 'image',
    message: {
      en: '{framework} {version} needs cuDNN {need}, and the image has none.',
      zh: '{framework} {version} 需要 cuDNN {need}，但镜像中没有。',
    },
    fix: {
      en: 'Use a base with cuDNN, or the nvidia-cudnn wheel.',
      zh: '使用带 cuDNN 的基础镜像，或 nvidia-cudnn 软件包。',
    },
  },
  CUDNN_VERSION_MISMATCH: {
    severity: 'error',
    owner: 'image',
    message: {
      en: '{framework} {version} was built for cuDNN {need}, and the image has {has}.',
      zh: '{framework} {version} 为 cuDNN {need} 构建，而镜像中为 {has}。',
    },
    fix: { en: 'Install cuDNN {need}.', zh: '安装 cuDNN {need}。' },
  },
  LIBCUDA_STUB: {
    severity: 'error',
    owner: 'image',
    message: {
      en: "The build-time stub of libcuda in {path} is on the library path and hides the driver's library.",
      zh: '{path} 中的 libcuda 编译桩位于库搜索路径上，遮挡了驱动的库。',
    },
    fix: {
      en: 'Take {path} out of LD_LIBRARY_PATH and ld.so.conf.',
      zh: '从 LD_LIBRARY_PATH 和 ld.so.conf 中移除 {path}。',
    },
  },
  IMAGE_HAS_DRIVER_FILES: {
    severity: 'warn',
    owner: 'image',
    message: {
      en: 'The image holds driver files ({path}, {bytes} bytes): a step ran with a GPU, or a driver was installed.',
      zh: '镜像包含驱动文件（{path}，{bytes} 字节）：某个步骤使用了 GPU，或安装了驱动。',
    },
    fix: {
      en: 'Run GPU steps in a stage of their own and copy only their results.',
      zh: '在单独的阶段运行 GPU 步骤，只复制结果。',
    },
  },
  IMAGE_NOT_GLIBC: {
    severity: 'error',
    owner: 'image',
    message: {
      en: "The image has no glibc, which NVIDIA's libraries need.",
      zh: '镜像没有 glibc，而 NVIDIA 的库需要它。',
    },
    fix: {
      en: 'Use a base with glibc, not Alpine.',
      zh: '使用带 glibc 的基础镜像，而不是 Alpine。',
    },
  },
  IMAGE_WRONG_PLATFORM: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The image is for {image}, and the node is {node}.',
      zh: '镜像面向 {image}，而节点是 {node}。',
    },
    fix: { en: "Build for the node's platform.", zh: '为节点的平台构建。' },
  },
  NVIDIA_ENV_MISSING: {
    severity: 'note',
    owner: 'image',
    message: {
      en: 'NVIDIA_VISIBLE_DEVICES or NVIDIA_DRIVER_CAPABILITIES is not set: the legacy runtime gives this image no GPU, CDI does.',
      zh: '没有设置 NVIDIA_VISIBLE_DEVICES 或 NVIDIA_DRIVER_CAPABILITIES：传统运行时不会给此镜像 GPU,CDI 会。',
    },
    fix: {
      en: 'Set NVIDIA_VISIBLE_DEVICES=all and NVIDIA_DRIVER_CAPABILITIES=compute,utility.',
      zh: '设置 NVIDIA_VISIBLE_DEVICES=all 和 NVIDIA_DRIVER_CAPABILITIES=compute,utility。',
    },
  },
  REQUIRE_CUDA_NOT_MET: {
    severity: 'note',
    owner: 'image',
    message: {
      en: "The image's NVIDIA_REQUIRE_CUDA is not met by this node: the legacy runtime refuses, CDI does not look.",
      zh: '此节点不满足镜像的 NVIDIA_REQUIRE_CUDA：传统运行时会拒绝，CDI 不检查。',
    },
    fix: {
      en: 'Use a newer driver, or NVIDIA_DISABLE_REQUIRE=1 where it is known to work.',
      zh: '使用更新的驱动，或在确认可用时设置 NVIDIA_DISABLE_REQUIRE=1。',
    },
  },
  LOADER_STEERED: {
    severity: 'warn',
    owner: 'image',
    message: {
      en: 'The image sets {name}, which changes what every program loads.',
      zh: '镜像设置了 {name}，它会改变所有程序加载的内容。',
    },
    fix: {
      en: 'Unset it unless it is meant; the verification runs without it.',
      zh: '除非有意为之，请取消设置；验证时不使用它。',
    },
  },
} as const satisfies Record<string, Reason>
