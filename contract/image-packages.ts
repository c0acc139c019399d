import type { z } from 'zod'
import type { imagePackage, imagePackages } from './wire/image-packages.ts'

export type ImagePackage = z.infer<typeof imagePackage>
export type ImagePackages = z.infer<typeof imagePackages>
/** A node tells of what it has built; the worker reads the layers in the registry. */
export type PackagesReader = 'node' | 'worker'
