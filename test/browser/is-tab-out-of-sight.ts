import type { Page } from 'playwright-core'

const openTab = '[role="tab"][aria-selected="true"], .link-tabs [aria-current="page"]'

/** Whether the open one of the page's tabs stays out of the row that they are in. */
export async function isTabOutOfSight(page: Page): Promise<boolean> {
  const isInSight = `[...document.querySelectorAll('${openTab}')].every((tab) => {
    const row = tab.closest('.el-tabs__nav-scroll, .link-tabs').getBoundingClientRect()
    const { left, right } = tab.getBoundingClientRect()
    return left >= row.left - 1 && right <= row.right + 1
  })`
  return page.waitForFunction(isInSight, undefined, { timeout: 5_000 }).then(
    () => false,
    () => true,
  )
}
