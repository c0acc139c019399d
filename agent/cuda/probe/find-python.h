#ifndef KILN_FIND_PYTHON_H
#define KILN_FIND_PYTHON_H

/*
 * Replaces this process by the image's Python that runs a script, whose arguments follow it: an image need not have a
 * shell, and where its Python lies differs. An image without Python has no frameworks, which is reported and no fault.
 * Answers an exit status when nothing was started.
 */
int run_script(char **arguments);

#endif
