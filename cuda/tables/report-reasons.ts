import type { Reason } from './reason.ts'

/** What may be wrong with the report of a probe itself, or with what it was given. */
export const reportReasons = {
  REPORT_MISSING: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'The check left no report: {detail}.',
      zh: '检查没有留下报告：{detail}。',
    },
    fix: {
      en: "Look at the log of the verification and at the image's user and loader.",
      zh: '查看验证日志以及镜像的用户和加载器。',
    },
  },
  REPORT_NOT_BELIEVED: {
    severity: 'error',
    owner: 'image',
    message: {
      en: 'What the check printed cannot be taken for its report: {detail}.',
      zh: '检查输出的内容不能视为其报告：{detail}。',
    },
    fix: {
      en: 'Take what prints in front of every program out of the image.',
      zh: '从镜像中移除会在所有程序之前输出内容的部分。',
    },
  },
  LIBCUDA_FOREIGN: {
    severity: 'error',
    owner: 'image',
    message: {
      en: "The image loads a libcuda of its own, {path}, instead of the driver's.",
      zh: '镜像加载了自带的 libcuda（{path}），而不是驱动的。',
    },
    fix: {
      en: 'Take libcuda out of the image and out of LD_LIBRARY_PATH.',
      zh: '从镜像和 LD_LIBRARY_PATH 中移除 libcuda。',
    },
  },
  DEVICE_NOT_GRANTED: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The check saw {seen}, but {granted} was granted to it.',
      zh: '检查看到的是 {seen}，但分配给它的是 {granted}。',
    },
    fix: {
      en: "Look at the node's CDI specification: its names do not match the GPUs.",
      zh: '检查节点的 CDI 规范：其名称与 GPU 不符。',
    },
  },
  DEVICE_REFUSED: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The build daemon did not give the GPU: {detail}.',
      zh: '构建守护进程没有给出 GPU：{detail}。',
    },
    fix: {
      en: "Write the node's CDI specification anew and look at the daemon's list of devices.",
      zh: '重新生成节点的 CDI 规范，并检查守护进程的设备列表。',
    },
  },
  FRAMEWORK_NOT_CHECKED: {
    severity: 'note',
    owner: 'image',
    message: {
      en: 'The image holds {framework}, but the Python that it starts does not find it, so it was not checked.',
      zh: '镜像中有 {framework}，但其启动的 Python 找不到它，因此未检查。',
    },
    fix: {
      en: 'Put the environment that has it first on PATH.',
      zh: '将包含它的环境放在 PATH 的最前面。',
    },
  },
  PASSED_ON_RETRY: {
    severity: 'note',
    owner: 'node',
    message: {
      en: 'It passed on the second try; the first said {reason}.',
      zh: '第二次尝试通过；第一次结果为 {reason}。',
    },
    fix: { en: 'Watch the GPU when this is seen often.', zh: '如果经常出现，请留意该 GPU。' },
  },
} as const satisfies Record<string, Reason>
