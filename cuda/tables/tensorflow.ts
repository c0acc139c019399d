export interface TensorflowBuild {
  readonly version: string
  readonly cuda: string
  readonly cudnn: string
  /** Machine code and PTX in the wheel; absent where nobody measured it. */
  readonly sm?: readonly string[]
  readonly ptx?: readonly string[]
}

function build(version: string, cuda: string, cudnn: string, code?: string): TensorflowBuild {
  if (code === undefined) return { version, cuda, cudnn }
  const [sm = '', ptx = ''] = code.split(' + ')
  return { version, cuda, cudnn, sm: sm.split(' '), ptx: ptx.split(' ') }
}

/**
 * GPU builds of TensorFlow on PyPI. CUDA and cuDNN: TensorFlow's tested build configurations. Code: `build_info.py` of
 * the wheel, measured.
 */
export const tensorflowBuilds: readonly TensorflowBuild[] = [
  build('2.4.0', '11.0', '8.0'),
  build('2.5.0', '11.2', '8.1'),
  build('2.6.0', '11.2', '8.1'),
  build('2.7.0', '11.2', '8.1'),
  build('2.8.0', '11.2', '8.1'),
  build('2.9.0', '11.2', '8.1'),
  build('2.10.0', '11.2', '8.1'),
  build('2.11.0', '11.2', '8.1'),
  build('2.12.0', '11.8', '8.6'),
  build('2.12.1', '11.8', '8', '35 50 60 70 75 + 80'),
  build('2.13.0', '11.8', '8.6'),
  build('2.13.1', '11.8', '8', '35 50 60 70 75 + 80'),
  build('2.14.0', '11.8', '8.7'),
  build('2.14.1', '11.8', '8', '35 50 60 70 75 + 80'),
  build('2.15.0', '12.2', '8.9'),
  build('2.15.1', '12.2', '8', '50 60 70 75 + 80'),
  build('2.16.1', '12.3', '8.9'),
  build('2.16.2', '12.3', '8', '50 60 70 80 + 90'),
  build('2.17.0', '12.3', '8.9'),
  build('2.17.1', '12.3', '8', '60 70 80 89 + 90'),
  build('2.18.0', '12.5', '9.3'),
  build('2.18.1', '12.5', '9', '60 70 80 89 + 90'),
  build('2.19.0', '12.5', '9.3'),
  build('2.19.1', '12.5', '9', '60 70 80 89 + 90'),
  build('2.20.0', '12.5', '9.3', '60 70 80 89 + 90'),
  build('2.21.0', '12.5', '9.3', '60 70 80 89 + 90'),
]
