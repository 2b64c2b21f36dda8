// SPDX-License-Identifier: GPL-2.0-only
#include <linux/module.h>
static int __init hello(void) { pr_info("otherworld: hello\n"); return 0; }
static void __exit bye(void) { }
module_init(hello);
module_exit(bye);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("hello");
