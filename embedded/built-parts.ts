import type { BuiltPart } from './build-once.ts'

export const consolePart: BuiltPart = {
  name: 'console',
  sources: [
    'console/{index.html,vite.config.ts,tsconfig.json}',
    'console/{src,public}/**/*',
    '{contract,client}/**/*.ts',
    'package-lock.json',
  ],
  command: ['node_modules/vite/bin/vite.js', 'build', '--logLevel', 'warn', 'console'],
  mark: 'console/dist/.sources',
}

/** A worker that is given it starts with half of the work, as it needs no compiler. */
export const workflowsPart: BuiltPart = {
  name: 'workflows',
  sources: ['{workflows,contract}/**/*.ts', 'tools/bundle-workflows.ts', 'package-lock.json'],
  command: ['tools/bundle-workflows.ts'],
  mark: 'dist/.workflows',
}

/** What the command of `workflowsPart` makes. */
export const workflowBundle = 'dist/workflows.js'
