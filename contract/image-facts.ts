import type { z } from 'zod'
import type { cudaLibrary, deviceCode, framework, imageFacts } from './wire/image-facts.ts'

export type ImageFacts = z.infer<typeof imageFacts>
export type DeviceCode = z.infer<typeof deviceCode>
export type Framework = z.infer<typeof framework>
export type CudaLibrary = z.infer<typeof cudaLibrary>
