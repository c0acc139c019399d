import type { BuildPlatforms } from '#contract/platform.ts'

/** The arguments that the frontend sets for FROM by itself. */
export function platformArguments({
  target,
  build,
}: BuildPlatforms): readonly (readonly [string, string])[] {
  return [...describe('TARGET', target), ...describe('BUILD', build)]
}

function describe(prefix: string, platform: string): readonly (readonly [string, string])[] {
  const [os = '', architecture = '', variant = ''] = platform.split('/')
  return [
    [`${prefix}PLATFORM`, platform],
    [`${prefix}OS`, os],
    [`${prefix}OSVERSION`, ''],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant],
  ]
}
