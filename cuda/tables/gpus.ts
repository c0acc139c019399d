/** `datacenter` is what NVIDIA supports the forward compatibility package on. */
export type Segment = 'datacenter' | 'workstation' | 'consumer' | 'embedded'

export interface GpuModel {
  /** As nvidia-smi prints it. */
  readonly name: string
  readonly capability: string
  readonly memoryGb: number
  readonly segment: Segment
}

const row = (name: string, capability: string, memoryGb: number, segment: Segment): GpuModel => ({
  name,
  capability,
  memoryGb,
  segment,
})

/**
 * Source: NVIDIA's lists of CUDA GPUs, current and legacy; nine names are confirmed by what nvidia-smi printed. What
 * nvidia-smi says about a card goes before this table.
 */
export const gpus: readonly GpuModel[] = [
  row('Tesla K40', '3.5', 12, 'datacenter'),
  row('Tesla K80', '3.7', 12, 'datacenter'),
  row('GeForce GTX 750 Ti', '5.0', 2, 'consumer'),
  row('Tesla M40', '5.2', 24, 'datacenter'),
  row('Tesla M60', '5.2', 8, 'datacenter'),
  row('GeForce GTX 980 Ti', '5.2', 6, 'consumer'),
  row('Tesla P100-PCIE-16GB', '6.0', 16, 'datacenter'),
  row('Tesla P100-SXM2-16GB', '6.0', 16, 'datacenter'),
  row('Tesla P4', '6.1', 8, 'datacenter'),
  row('Tesla P40', '6.1', 24, 'datacenter'),
  row('GeForce GTX 1060 6GB', '6.1', 6, 'consumer'),
  row('GeForce GTX 1080', '6.1', 8, 'consumer'),
  row('GeForce GTX 1080 Ti', '6.1', 11, 'consumer'),
  row('NVIDIA TITAN Xp', '6.1', 12, 'consumer'),
  row('Tesla V100-PCIE-16GB', '7.0', 16, 'datacenter'),
  row('Tesla V100-SXM2-16GB', '7.0', 16, 'datacenter'),
  row('Tesla V100-SXM2-32GB', '7.0', 32, 'datacenter'),
  row('NVIDIA TITAN V', '7.0', 12, 'consumer'),
  row('Tesla T4', '7.5', 16, 'datacenter'),
  row('GeForce GTX 1650', '7.5', 4, 'consumer'),
  row('GeForce GTX 1660 Ti', '7.5', 6, 'consumer'),
  row('GeForce RTX 2060', '7.5', 6, 'consumer'),
  row('GeForce RTX 2070', '7.5', 8, 'consumer'),
  row('GeForce RTX 2080 Ti', '7.5', 11, 'consumer'),
  row('NVIDIA TITAN RTX', '7.5', 24, 'consumer'),
  row('Quadro RTX 6000', '7.5', 24, 'workstation'),
  row('Quadro RTX 8000', '7.5', 48, 'workstation'),
  row('NVIDIA A100-PCIE-40GB', '8.0', 40, 'datacenter'),
  row('NVIDIA A100-SXM4-40GB', '8.0', 40, 'datacenter'),
  row('NVIDIA A100 80GB PCIe', '8.0', 80, 'datacenter'),
  row('NVIDIA A100-SXM4-80GB', '8.0', 80, 'datacenter'),
  row('NVIDIA A800-SXM4-80GB', '8.0', 80, 'datacenter'),
  row('NVIDIA A30', '8.0', 24, 'datacenter'),
  row('NVIDIA A2', '8.6', 16, 'datacenter'),
  row('NVIDIA A10', '8.6', 24, 'datacenter'),
  row('NVIDIA A10G', '8.6', 24, 'datacenter'),
  row('NVIDIA A16', '8.6', 16, 'datacenter'),
  row('NVIDIA A40', '8.6', 48, 'datacenter'),
  row('NVIDIA RTX A2000', '8.6', 6, 'workstation'),
  row('NVIDIA RTX A4000', '8.6', 16, 'workstation'),
  row('NVIDIA RTX A5000', '8.6', 24, 'workstation'),
  row('NVIDIA RTX A6000', '8.6', 48, 'workstation'),
  row('NVIDIA GeForce RTX 3050', '8.6', 8, 'consumer'),
  row('NVIDIA GeForce RTX 3060', '8.6', 12, 'consumer'),
  row('NVIDIA GeForce RTX 3070', '8.6', 8, 'consumer'),
  row('NVIDIA GeForce RTX 3080', '8.6', 10, 'consumer'),
  row('NVIDIA GeForce RTX 3090', '8.6', 24, 'consumer'),
  row('NVIDIA GeForce RTX 3090 Ti', '8.6', 24, 'consumer'),
  row('Jetson AGX Orin', '8.7', 64, 'embedded'),
  row('NVIDIA L4', '8.9', 24, 'datacenter'),
  row('NVIDIA L20', '8.9', 48, 'datacenter'),
  row('NVIDIA L40', '8.9', 48, 'datacenter'),
  row('NVIDIA L40S', '8.9', 48, 'datacenter'),
  row('NVIDIA RTX 4000 Ada Generation', '8.9', 20, 'workstation'),
  row('NVIDIA RTX 5000 Ada Generation', '8.9', 32, 'workstation'),
  row('NVIDIA RTX 6000 Ada Generation', '8.9', 48, 'workstation'),
  row('NVIDIA GeForce RTX 4060', '8.9', 8, 'consumer'),
  row('NVIDIA GeForce RTX 4070', '8.9', 12, 'consumer'),
  row('NVIDIA GeForce RTX 4080', '8.9', 16, 'consumer'),
  row('NVIDIA GeForce RTX 4090', '8.9', 24, 'consumer'),
  row('NVIDIA GeForce RTX 4090 D', '8.9', 24, 'consumer'),
  row('NVIDIA H100 PCIe', '9.0', 80, 'datacenter'),
  row('NVIDIA H100 80GB HBM3', '9.0', 80, 'datacenter'),
  row('NVIDIA H100 NVL', '9.0', 94, 'datacenter'),
  row('NVIDIA H800', '9.0', 80, 'datacenter'),
  row('NVIDIA H20', '9.0', 96, 'datacenter'),
  row('NVIDIA H200', '9.0', 141, 'datacenter'),
  row('NVIDIA H200 NVL', '9.0', 141, 'datacenter'),
  row('NVIDIA GH200 480GB', '9.0', 96, 'datacenter'),
  row('NVIDIA B200', '10.0', 180, 'datacenter'),
  row('NVIDIA GB200', '10.0', 186, 'datacenter'),
  row('NVIDIA B300 SXM6 AC', '10.3', 288, 'datacenter'),
  row('NVIDIA GB300', '10.3', 288, 'datacenter'),
  row('Jetson AGX Thor', '11.0', 128, 'embedded'),
  row('NVIDIA RTX PRO 6000 Blackwell Server Edition', '12.0', 96, 'datacenter'),
  row('NVIDIA RTX PRO 6000 Blackwell Workstation Edition', '12.0', 96, 'workstation'),
  row('NVIDIA RTX PRO 5000 Blackwell', '12.0', 48, 'workstation'),
  row('NVIDIA RTX PRO 4500 Blackwell', '12.0', 32, 'workstation'),
  row('NVIDIA RTX PRO 4000 Blackwell', '12.0', 24, 'workstation'),
  row('NVIDIA GeForce RTX 5060', '12.0', 8, 'consumer'),
  row('NVIDIA GeForce RTX 5070', '12.0', 12, 'consumer'),
  row('NVIDIA GeForce RTX 5070 Ti', '12.0', 16, 'consumer'),
  row('NVIDIA GeForce RTX 5080', '12.0', 16, 'consumer'),
  row('NVIDIA GeForce RTX 5090', '12.0', 32, 'consumer'),
  row('NVIDIA GB10', '12.1', 128, 'workstation'),
]

const byName = new Map(gpus.map((gpu) => [gpu.name, gpu]))

/** `undefined` for a card that is not known here. CUDA adds the profile of a MIG instance to the name of its card. */
export function findGpu(name: string): GpuModel | undefined {
  const card = name.replace(/ MIG .*$/, '')
  return (
    byName.get(card) ?? byName.get(card.replace(/^NVIDIA /, '')) ?? byName.get(`NVIDIA ${card}`)
  )
}
