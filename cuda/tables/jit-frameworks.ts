/** Frameworks that compile for the GPU when they run, so that no list of targets says where they can. */
export interface JitFramework {
  /** Name of the distribution, as in its dist-info folder. */
  readonly distribution: string
  readonly framework: 'jax' | 'cupy' | 'onnxruntime'
  readonly cudaMajor: number
  /** Lowest compute capability that it is made for. */
  readonly floor?: string
}

/** Source: the listings of PyPI; the floors of jax and onnxruntime are from their documentation, not measured. */
export const jitFrameworks: readonly JitFramework[] = [
  { distribution: 'jax_cuda12_plugin', framework: 'jax', cudaMajor: 12, floor: '5.2' },
  { distribution: 'jax_cuda13_plugin', framework: 'jax', cudaMajor: 13, floor: '7.5' },
  { distribution: 'cupy_cuda11x', framework: 'cupy', cudaMajor: 11, floor: '3.0' },
  { distribution: 'cupy_cuda12x', framework: 'cupy', cudaMajor: 12, floor: '5.0' },
  { distribution: 'cupy_cuda13x', framework: 'cupy', cudaMajor: 13, floor: '7.5' },
  { distribution: 'onnxruntime_gpu', framework: 'onnxruntime', cudaMajor: 12 },
]
