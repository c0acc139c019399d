#ifndef KILN_CHECK_DEVICE_H
#define KILN_CHECK_DEVICE_H

#include "driver.h"
#include "report.h"

struct wanted {
  unsigned long long free_bytes;
  /* Decides the values that are computed, so that no answer can be known before. */
  unsigned seed;
};

/*
 * Describes the GPU and lets it compute 65,536 values, which must equal the processor's bit for bit. What goes wrong is
 * left in `report`. `stage` follows what is being done.
 */
void check_device(const struct driver *driver, int index, struct wanted wanted, struct device_report *report,
                  const char *volatile *stage);

/* Fills in the reason for an answer of the driver, and its own words for it. Answers whether the code is an error. */
int is_error(const struct driver *driver, int code, const char **reason, int *report_code, char *detail,
             unsigned long size);

#endif
