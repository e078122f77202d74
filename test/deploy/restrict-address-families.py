"""Runs a program as systemd does with RestrictAddressFamilies: restrict-address-families.py AF_INET,AF_UNIX PROGRAM [ARGUMENT]..."""
import ctypes
import errno
import os
import platform
import socket
import struct
import sys

SOCKET = {"x86_64": 41, "aarch64": 198}[platform.machine()]
LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER_MODE = 38, 22, 2

families = [getattr(socket, name) for name in sys.argv[1].split(",")]
# Of a system call the number, and the first argument. Jumps count the instructions that they skip.
filters = [(LOAD, 0, 0, 0), (JUMP_IF_EQUAL, 0, len(families) + 2, SOCKET), (LOAD, 0, 0, 16)]
filters += [(JUMP_IF_EQUAL, len(families) - index, 0, family) for index, family in enumerate(families)]
filters += [(RETURN, 0, 0, FAIL | errno.EAFNOSUPPORT), (RETURN, 0, 0, ALLOW)]


class Program(ctypes.Structure):
    _fields_ = [("length", ctypes.c_ushort), ("filters", ctypes.c_char_p)]


packed = b"".join(struct.pack("HBBI", *one) for one in filters)
libc = ctypes.CDLL(None)
if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(
    PR_SET_SECCOMP, FILTER_MODE, ctypes.byref(Program(len(filters), packed))
):
    sys.exit("the filter is rejected")
os.execvp(sys.argv[2], sys.argv[2:])
