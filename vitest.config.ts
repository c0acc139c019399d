import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['**/*.test.ts'],
    exclude: ['node_modules/**', '.kiln/**'],
    // Several farms at once would share two cores and measure each other.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 1_800_000,
    reporters: ['default'],
  },
})
