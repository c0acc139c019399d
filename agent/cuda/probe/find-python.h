#ifndef KILN_FIND_PYTHON_H
#define KILN_FIND_PYTHON_H

/*
 * Replaces this process by the image's Python that runs a script, whose arguments follow it: an image need not have a
 * shell, and where its Python lies differs. Answers an exit status when there is none.
 */
int run_script(char **arguments);

#endif
