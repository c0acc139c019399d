export { buildImage } from './build-image.ts'
export { runEnvironment } from './run-environment.ts'
