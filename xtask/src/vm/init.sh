#!/bin/busybox sh
# First process of the virtual machine: mounts, loads modules, becomes the agent.
/bin/busybox --install -s /bin
# Before busybox, whose `ip` knows no namespaces.
export PATH=/usr/bin:/usr/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs devtmpfs /dev
mkdir /dev/pts
mount -t devpts devpts /dev/pts
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount -t tmpfs tmpfs /run
while read -r module; do
    insmod "/modules/$module.ko"
done < /modules/order
mount -t 9p -o trans=virtio,version=9p2000.L share /share
# The second serial line carries the agent's reports; no echo, no translation of line ends.
stty -F /dev/ttyS1 raw -echo
exec xtask vm-guest
