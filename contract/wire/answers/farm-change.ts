import { z } from 'zod'

/**
 * What there is to look at again. `missed`: there may have been more, which nobody has heard. Ids are those of what the
 * caller reads; of images and of the fleet it is only said that there may be news.
 */
export const farmChange = z.looseObject({
  builds: z.array(z.string()),
  environments: z.array(z.string()),
  images: z.boolean(),
  fleet: z.boolean(),
  missed: z.boolean(),
})
