import type { Reason } from './reason.ts'

/** What keeps a GPU that is well from being given to an image. */
export const offerReasons = {
  GPU_LEFTOVER: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'Something that an earlier build left behind still runs on GPU {uuid}.',
      zh: '之前的构建遗留的进程仍在 GPU {uuid} 上运行。',
    },
    fix: {
      en: 'Nothing to do when it ends by itself; otherwise restart the node.',
      zh: '若其自行结束则无需处理；否则重启节点。',
    },
  },
  GPU_PROCESSES_UNKNOWN: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver does not say what runs on GPU {uuid}.',
      zh: '驱动未告知 GPU {uuid} 上运行着什么。',
    },
    fix: {
      en: 'Run nvidia-smi --query-compute-apps=pid --format=csv on the node, and mend what it says.',
      zh: '在节点上运行 nvidia-smi --query-compute-apps=pid --format=csv，并修复其报告的问题。',
    },
  },
  PROBE_NOT_INSTALLED: {
    severity: 'error',
    owner: 'farm',
    message: {
      en: 'The agent has no CUDA probe, so nothing can be verified on GPU {uuid}.',
      zh: '代理没有 CUDA 探针，因此无法在 GPU {uuid} 上验证任何内容。',
    },
    fix: {
      en: 'Set KILN_CUDA_PROBE_BIN for the agent.',
      zh: '为代理设置 KILN_CUDA_PROBE_BIN。',
    },
  },
  SIMULATED_REFUSED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPU {uuid} is simulated, and this node does not take such GPUs.',
      zh: 'GPU {uuid} 是模拟的，此节点不接受此类 GPU。',
    },
    fix: {
      en: 'Take the simulated driver off the node; only tests set KILN_ALLOW_SIMULATED_GPU.',
      zh: '从节点移除模拟驱动；只有测试才设置 KILN_ALLOW_SIMULATED_GPU。',
    },
  },
} as const satisfies Record<string, Reason>
