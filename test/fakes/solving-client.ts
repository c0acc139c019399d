import { solve } from '../../agent/buildkit/solve.ts'
import { solvingIn } from '../buildkit/solving.ts'

/** A process that does nothing but one solve, to be killed in the middle of it. */
const [, , address = '', ref = '', context = '', dockerfile = ''] = process.argv
await solve({ ...solvingIn(address, context, dockerfile), ref })
