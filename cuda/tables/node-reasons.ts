import type { Reason } from './reason.ts'

/** What a node may have wrong, found by its inventory. */
export const nodeReasons = {
  NODE_NO_NVIDIA_GPU: {
    severity: 'info',
    owner: 'node',
    message: {
      en: 'This node has no NVIDIA GPU on its PCI bus.',
      zh: '此节点的 PCI 总线上没有 NVIDIA GPU。',
    },
    fix: { en: 'Give the node no GPU slots.', zh: '不要给此节点分配 GPU 槽位。' },
  },
  NOUVEAU_LOADED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: "The driver nouveau holds the GPU, so NVIDIA's driver cannot.",
      zh: 'nouveau 驱动占用了 GPU,NVIDIA 驱动无法使用。',
    },
    fix: {
      en: 'Blacklist nouveau, rebuild the initramfs and reboot.',
      zh: '将 nouveau 加入黑名单，重建 initramfs 并重启。',
    },
  },
  DRIVER_NOT_INSTALLED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'There is an NVIDIA GPU but no NVIDIA driver.',
      zh: '有 NVIDIA GPU，但没有安装 NVIDIA 驱动。',
    },
    fix: { en: 'Install the driver.', zh: '安装驱动。' },
  },
  DRIVER_NOT_LOADED: {
    severity: 'error',
    owner: 'node',
    message: { en: 'nvidia-smi cannot reach the driver.', zh: 'nvidia-smi 无法连接驱动。' },
    fix: {
      en: 'Run modprobe nvidia; after a kernel update rebuild the module; Secure Boot may refuse it.',
      zh: '执行 modprobe nvidia；内核更新后需重新编译模块；安全启动可能拒绝加载。',
    },
  },
  DRIVER_VERSION_MISMATCH: {
    severity: 'error',
    owner: 'node',
    message: {
      en: "The loaded kernel module ({kernel}) and the driver's libraries ({library}) differ: the driver was updated without a reboot.",
      zh: '已加载的内核模块（{kernel}）与驱动库（{library}）版本不同：驱动更新后没有重启。',
    },
    fix: {
      en: 'Reboot, or unload and load the nvidia modules again.',
      zh: '重启，或卸载后重新加载 nvidia 模块。',
    },
  },
  NVML_MISSING: {
    severity: 'error',
    owner: 'node',
    message: { en: 'libnvidia-ml.so.1 was not found.', zh: '找不到 libnvidia-ml.so.1。' },
    fix: {
      en: "Install the driver's compute and utility packages.",
      zh: '安装驱动的 compute 和 utility 软件包。',
    },
  },
  DEVICE_NODES_MISSING: {
    severity: 'error',
    owner: 'node',
    message: { en: 'Device nodes are absent: {nodes}.', zh: '缺少设备节点：{nodes}。' },
    fix: {
      en: 'Run nvidia-modprobe -u -c=0, or nvidia-ctk system create-device-nodes.',
      zh: '执行 nvidia-modprobe -u -c=0，或 nvidia-ctk system create-device-nodes。',
    },
  },
  TOOLKIT_MISSING: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'nvidia-ctk is not installed, so no container can be given the GPU.',
      zh: '没有安装 nvidia-ctk，容器无法获得 GPU。',
    },
    fix: {
      en: 'Install nvidia-container-toolkit 1.18 or newer.',
      zh: '安装 nvidia-container-toolkit 1.18 或更新版本。',
    },
  },
  CDI_SPEC_MISSING: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'No CDI specification lists nvidia.com/gpu devices.',
      zh: '没有任何 CDI 规范列出 nvidia.com/gpu 设备。',
    },
    fix: {
      en: 'Start nvidia-cdi-refresh.service, or run nvidia-ctk cdi generate.',
      zh: '启动 nvidia-cdi-refresh.service，或执行 nvidia-ctk cdi generate。',
    },
  },
  CDI_SPEC_STALE: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The CDI specification is for driver {spec}, and {driver} is loaded.',
      zh: 'CDI 规范对应驱动 {spec}，而当前加载的是 {driver}。',
    },
    fix: { en: 'Generate the specification again.', zh: '重新生成 CDI 规范。' },
  },
  CDI_SPEC_BROKEN: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: '{path} speaks of nvidia.com/gpu and is no CDI specification, so it counts for nothing.',
      zh: '{path} 提到 nvidia.com/gpu，但不是有效的 CDI 规范，因此不起作用。',
    },
    fix: {
      en: 'Remove the file, or write it anew with nvidia-ctk cdi generate.',
      zh: '删除该文件，或用 nvidia-ctk cdi generate 重新生成。',
    },
  },
  CDI_DEVICE_MISSING: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'No CDI specification names {device}, so no container can be given it.',
      zh: '没有任何 CDI 规范列出 {device}，容器无法获得它。',
    },
    fix: {
      en: 'Run nvidia-ctk cdi generate with --device-name-strategy=uuid.',
      zh: '执行 nvidia-ctk cdi generate，并加上 --device-name-strategy=uuid。',
    },
  },
  GPU_LOST: {
    severity: 'error',
    owner: 'node',
    message: { en: 'GPU {uuid} has fallen off the bus.', zh: 'GPU {uuid} 已从总线掉线。' },
    fix: {
      en: 'Take the node out, power-cycle it, and look at power and seating.',
      zh: '将节点下线，断电重启，检查供电和插槽。',
    },
  },
  DRIVER_CHANGED: {
    severity: 'info',
    owner: 'node',
    message: {
      en: 'driver {from} → {to}: images that it runs since, {gained}; no longer, {lost}.',
      zh: '驱动 {from} → {to}：可多运行 {gained} 个镜像，另有 {lost} 个不再能运行。',
    },
    fix: {
      en: 'If images were lost, look at their reasons under the images of the node.',
      zh: '如有镜像无法再运行，请在该节点的镜像列表中查看原因。',
    },
  },
  GPU_COUNT_CHANGED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPUs in good health: {was} before, {now} now.',
      zh: '健康的 GPU：原有 {was} 个，现有 {now} 个。',
    },
    fix: {
      en: 'If one was lost, look at the findings of the node and at its kernel log.',
      zh: '如有 GPU 丢失，请查看节点的检查结果和内核日志。',
    },
  },
  GPU_ECC_UNCORRECTABLE: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPU {uuid} reports uncorrectable memory errors.',
      zh: 'GPU {uuid} 报告不可纠正的显存错误。',
    },
    fix: { en: 'Reset the GPU; replace it when they return.', zh: '重置 GPU；若再次出现则更换。' },
  },
  GPU_ROW_REMAP_PENDING: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPU {uuid} has memory rows that wait to be remapped.',
      zh: 'GPU {uuid} 有等待重映射的显存行。',
    },
    fix: { en: 'Drain the node and reset the GPU.', zh: '排空节点并重置 GPU。' },
  },
  GPU_ROW_REMAP_FAILED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPU {uuid} could not remap a bad memory row.',
      zh: 'GPU {uuid} 无法重映射损坏的显存行。',
    },
    fix: { en: 'Replace the card.', zh: '更换显卡。' },
  },
  GPU_RETIRED_PAGES_PENDING: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'GPU {uuid} has memory pages that wait to be retired.',
      zh: 'GPU {uuid} 有等待停用的显存页。',
    },
    fix: { en: 'Reset the GPU or reboot.', zh: '重置 GPU 或重启。' },
  },
  GPU_XID_CRITICAL: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The kernel log shows Xid {xid} ({meaning}) at {at}.',
      zh: '内核日志在 {at} 出现 Xid {xid}（{meaning}）。',
    },
    fix: {
      en: 'Look at the hardware; the GPU stays out until a reboot or until a person clears it.',
      zh: '检查硬件；在重启或人工清除之前，该 GPU 不再使用。',
    },
  },
  GPU_RECOVERY_NEEDED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'The driver asks for action on GPU {uuid}: {action}.',
      zh: '驱动要求对 GPU {uuid} 采取措施：{action}。',
    },
    fix: { en: 'Do what it asks: reset, reboot or drain.', zh: '按其要求重置、重启或排空。' },
  },
  GPU_TOO_HOT: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: 'GPU {uuid} is at {celsius} °C and slows itself down.',
      zh: 'GPU {uuid} 温度为 {celsius} °C，正在降频。',
    },
    fix: { en: 'Look at the cooling.', zh: '检查散热。' },
  },
  GPU_POWER_BRAKE: {
    severity: 'warn',
    owner: 'node',
    message: { en: 'The power supply slows GPU {uuid} down.', zh: '供电限制使 GPU {uuid} 降频。' },
    fix: { en: 'Look at power cables and budget.', zh: '检查电源线和功率预算。' },
  },
  GPU_POWER_CAPPED: {
    severity: 'info',
    owner: 'node',
    message: { en: 'GPU {uuid} runs at its power limit.', zh: 'GPU {uuid} 已达到功率上限。' },
    fix: { en: 'Nothing to do; timings may be worse.', zh: '无需处理；性能可能下降。' },
  },
  PERSISTENCE_OFF: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: 'Persistence mode is off: the first CUDA call takes seconds.',
      zh: '持久模式已关闭：首次 CUDA 调用需要数秒。',
    },
    fix: { en: 'Enable nvidia-persistenced.', zh: '启用 nvidia-persistenced。' },
  },
  GPU_BUSY_FOREIGN: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: "Processes that are not the farm's hold {mib} MiB on GPU {uuid}.",
      zh: '不属于本系统的进程占用了 GPU {uuid} 的 {mib} MiB 显存。',
    },
    fix: {
      en: 'Wait, stop them, or give the farm another GPU.',
      zh: '等待、停止这些进程，或换用其他 GPU。',
    },
  },
  MIG_NO_INSTANCES: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'MIG is on but GPU {uuid} has no instances, so CUDA sees no device.',
      zh: 'MIG 已开启，但 GPU {uuid} 没有实例，CUDA 看不到设备。',
    },
    fix: { en: 'Create instances, or switch MIG off.', zh: '创建实例，或关闭 MIG。' },
  },
  MIG_PENDING: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: 'A change of MIG mode waits for a reset of GPU {uuid}.',
      zh: 'MIG 模式变更等待 GPU {uuid} 重置。',
    },
    fix: { en: 'Drain the node and reset the GPU.', zh: '排空节点并重置 GPU。' },
  },
  FABRIC_MANAGER_DOWN: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'This NVSwitch machine needs nvidia-fabricmanager, and it does not run.',
      zh: '此 NVSwitch 机器需要 nvidia-fabricmanager，但它没有运行。',
    },
    fix: {
      en: "Start it; its version must be the driver's.",
      zh: '启动它；其版本必须与驱动一致。',
    },
  },
  GPU_COMPUTE_PROHIBITED: {
    severity: 'error',
    owner: 'node',
    message: {
      en: 'Compute mode is Prohibited on GPU {uuid}.',
      zh: 'GPU {uuid} 的计算模式为 Prohibited。',
    },
    fix: {
      en: 'Run nvidia-smi -c 0, or -c 3 for exclusive use.',
      zh: '执行 nvidia-smi -c 0，独占使用则为 -c 3。',
    },
  },
  LICENSE_EXPIRED: {
    severity: 'error',
    owner: 'node',
    message: { en: 'The vGPU has no licence.', zh: 'vGPU 没有许可证。' },
    fix: { en: 'Look at nvidia-gridd.', zh: '检查 nvidia-gridd。' },
  },
  GPU_UNKNOWN_CC: {
    severity: 'warn',
    owner: 'node',
    message: {
      en: 'The compute capability of {gpu} is not known.',
      zh: '无法得知 {gpu} 的计算能力。',
    },
    fix: {
      en: 'Update the driver: from 510 on nvidia-smi says it.',
      zh: '更新驱动：510 及以上版本的 nvidia-smi 会报告。',
    },
  },
  UNSUPPORTED_QUERY: {
    severity: 'info',
    owner: 'node',
    message: {
      en: 'This driver does not know the field {field}.',
      zh: '此驱动不支持字段 {field}。',
    },
    fix: { en: 'Nothing to do.', zh: '无需处理。' },
  },
} as const satisfies Record<string, Reason>
