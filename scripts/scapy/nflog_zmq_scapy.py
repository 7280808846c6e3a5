#!/usr/bin/env python3
"""NFLOG packets in scapy, and for any Python program: those that firewall rules pick out with `log group` or NFLOG.

The capture is done by nflog-pcap-dump, or nflog-pcap-query for a remote receiver's window, or nflog-pcap-recv for
what senders send: this file starts the program and reads what it writes. It needs Python 3, and scapy 2.5 or later
for the listeners; nflog_generator() needs no scapy.

    from scapy.all import sniff
    from nflog_zmq_scapy import install_nflog_listener
    install_nflog_listener(queues=5)
    sniff(count=10, prn=lambda packet: (packet.nflog.prefix, packet.summary()))

    from nflog_zmq_scapy import nflog_generator
    packets = nflog_generator([0, 1], extra_attrs=["len", "ts"])
    descriptor = next(packets)                  # for poll(); rights may be given up from here on
    for payload, length, time in packets: ...

It takes the place of scapy_nflog, nflog_cffi and nflog_ctypes of the Python 2.7 package scapy-nflog-capture. What
differs: interfaces are given by name, packets without a time of the kernel get the reader's, and address families
are not bound to NFLOG any more (that changed the firewall of the whole host; pass bind_pf=True where it is wanted).
"""

import errno
import functools
import json
import logging
import os
import re
import select
import shutil
import struct
import subprocess
import tempfile

__all__ = [
    "NFLOGListenSocket", "NFLOGStreamListenSocket", "NFLOGWindowListenSocket", "NFWouldBlock",
    "NflogPacket", "install_nflog_listener", "nflog_generator", "open_capture",
]

log = logging.getLogger("nflog")

#: Families that the original bound by default.
PF_DEFAULT = ()

#: What a generator gives to those who send it True, when it would have to wait.
NFWouldBlock = type("NFWouldBlock", (object,), {})


class NflogPacket:
    """A packet and what the firewall knew about it; what is not known is None, or empty for texts."""

    __slots__ = (
        "payload", "wirelen", "time", "time_source", "sensor", "group", "prefix", "indev", "outdev",
        "physindev", "physoutdev", "mark", "uid", "gid", "direction", "lost_before",
    )

    def __init__(self, payload, wirelen, time):
        self.payload = payload          # bytes, from the network layer on
        self.wirelen = wirelen          # length on the wire, where a rule or snaplen cut it
        self.time = time                # seconds since 1970, a float
        self.time_source = "kernel"     # or "clock": that of the reader
        self.sensor = ""                # name of the host that logged it
        self.group = 0
        self.prefix = ""                # the rule's log prefix
        self.indev = self.outdev = ""   # names of interfaces
        self.physindev = self.physoutdev = ""
        self.mark = self.uid = self.gid = None
        self.direction = None           # "in", "out", or None for what is forwarded
        self.lost_before = 0            # packets of the group that the kernel lost just before

    def __repr__(self):
        fields = ((name, getattr(self, name)) for name in self.__slots__ if name != "payload")
        known = " ".join("%s=%r" % field for field in fields if field[1] not in (None, ""))
        return "<NflogPacket %s %d bytes>" % (known, len(self.payload))


# How the programs are found

def find_program(name):
    """The command line of one of the programs, as a list.

    The environment variable of its name (NFLOG_PCAP_DUMP for nflog-pcap-dump) comes first, then PATH, then the
    checkout that this file lies in."""
    given = os.environ.get(name.upper().replace("-", "_"))
    if given:
        return given.split()
    installed = shutil.which(name)
    if installed:
        return [installed]
    top = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
    deno = os.path.join(top, "scripts", "deno")
    script = os.path.join(top, "cmd", name.replace("-", "_") + ".ts")
    if os.path.exists(deno) and os.path.exists(script):
        rights = name.rsplit("-", 1)[-1]
        return [deno, "run", "--quiet", "--no-prompt", "-P=" + rights, script]
    raise FileNotFoundError("Cannot find %s: install it, or name it in the environment variable %s"
                            % (name, name.upper().replace("-", "_")))


# Reading pcapng: as much of it as these programs write

SECTION, INTERFACE, PACKET = 0x0A0D0D0A, 1, 6
BYTE_ORDER = 0x1A2B3C4D
COMMENT, NAME, FLAGS, DROPS = 1, 2, 2, 4
#: `name=value` pairs of a comment; values with blanks are JSON strings.
PAIR = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|\S*)')
FIELDS = {"prefix": "prefix", "in": "indev", "out": "outdev", "physin": "physindev", "physout": "physoutdev"}


class Capture:
    """A running program, and the packets that it writes."""

    def __init__(self, command):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._errors, bufsize=0)
        self.fd = self._process.stdout.fileno()
        self._interfaces = []
        # The file begins when everything is open.
        block = self._read_block()
        if block is None:
            message = self._last_words()
            self.close()
            raise OSError(message or "Cannot capture: %s ended" % command[0])

    def fileno(self):
        return self.fd

    def readable(self):
        """Whether reading would not wait."""
        return bool(select.select([self.fd], [], [], 0)[0])

    def read(self):
        """The next NflogPacket, None for a block that is no packet; EOFError at the end."""
        block = self._read_block()
        if block is None:
            raise EOFError(self._last_words() or "the capture has ended")
        kind, body = block
        if kind == INTERFACE:
            self._interfaces.append(self._read_interface(body))
        return self._read_packet(body) if kind == PACKET else None

    def next(self):
        """The next NflogPacket, whatever comes before it; EOFError at the end."""
        while True:
            packet = self.read()
            if packet is not None:
                return packet

    def close(self):
        """Ends the program. Doing so twice is fine."""
        process = self._process
        # First, since it would else wait a while for what it has in hand to be read.
        process.stdout.close()
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._errors.close()

    def _read_block(self):
        """Type and body of the next block, None at the end. Nothing is read ahead, so that poll() tells the truth."""
        head = self._read_exactly(8)
        if head is None:
            return None
        kind, size = struct.unpack("<II", head)
        rest = self._read_exactly(size - 8)
        if rest is None:
            return None
        if kind == SECTION and struct.unpack_from("<I", rest)[0] != BYTE_ORDER:
            raise ValueError("Cannot read the capture: it is in another byte order")
        return kind, rest[:-4]

    def _read_exactly(self, size):
        parts = []
        while size > 0:
            part = os.read(self.fd, size)
            if not part:
                return None
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    @staticmethod
    def _options(body, offset):
        while offset + 4 <= len(body):
            code, size = struct.unpack_from("<HH", body, offset)
            if code == 0:
                return
            yield code, body[offset + 4:offset + 4 + size]
            offset += 4 + (size + 3 & ~3)

    def _read_interface(self, body):
        """Sensor and group of an interface, which is called sensor:group:interface."""
        name = ""
        for code, value in self._options(body, 8):
            if code == NAME:
                name = value.decode(errors="replace")
        parts = name.split(":")
        group = next((at for at in range(len(parts) - 1, 0, -1) if parts[at].isdigit()), None)
        if group is None:
            return name, 0
        return ":".join(parts[:group]), int(parts[group])

    def _read_packet(self, body):
        interface, high, low, captured, original = struct.unpack_from("<5I", body)
        time = (high << 32 | low) / 1e9
        packet = NflogPacket(body[20:20 + captured], original, time)
        if interface < len(self._interfaces):
            packet.sensor, packet.group = self._interfaces[interface]
        for code, value in self._options(body, 20 + (captured + 3 & ~3)):
            if code == FLAGS:
                packet.direction = {1: "in", 2: "out"}.get(struct.unpack("<I", value)[0] & 3)
            elif code == DROPS:
                packet.lost_before = struct.unpack("<Q", value)[0]
            elif code == COMMENT:
                self._read_comment(packet, value.decode(errors="replace"))
        return packet

    @staticmethod
    def _read_comment(packet, comment):
        for name, value in PAIR.findall(comment):
            text = json.loads(value) if value.startswith('"') else value
            if name in FIELDS:
                setattr(packet, FIELDS[name], text)
            elif name in ("uid", "gid"):
                setattr(packet, name, int(text))
            elif name == "mark":
                packet.mark = int(text, 16)
            elif name == "time":
                packet.time_source = text

    def _last_words(self):
        """What the program said last: why it ended, if it did not end well."""
        if self._process.wait() == 0:
            return ""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").splitlines()
        return lines[-1] if lines else ""


def list_queues(queues):
    """Groups as nflog-pcap-dump takes them."""
    if isinstance(queues, int):
        queues = [queues]
    return queues if isinstance(queues, str) else ",".join(str(int(queue)) for queue in queues)


def dump_command(queues, qthresh=None, timeout=None, nlbufsiz=None, bind_pf=False, filter=None, snaplen=None):
    """The command line that captures groups on this host."""
    command = find_program("nflog-pcap-dump") + ["-w", "-", "--format", "pcapng"]
    if qthresh:
        command += ["--libnflog-qthresh", str(int(qthresh))]
    if timeout is not None:
        command += ["--libnflog-timeout", str(timeout)]
    if nlbufsiz:
        command += ["--libnflog-nlbufsiz", str(nlbufsiz / 2 ** 20)]     # bytes here, MiB there
    if bind_pf:
        command += ["--bind-pf"]
    if filter:
        command += ["--filter", filter]
    if snaplen:
        command += ["-s", str(int(snaplen))]
    return command + [list_queues(queues)]


def open_capture(queues, **options):
    """Captures groups (an int, a list of them, or "0,5-7") on this host; see dump_command() for the options.

    Returns a Capture: read its packets by next(), and close() it. Raises OSError when a group cannot be bound."""
    return Capture(dump_command(queues, **options))


def nflog_generator(queues=None, pf=PF_DEFAULT, qthresh=None, timeout=None, nlbufsiz=None, buff_size=None,
                    extra_attrs=None, handle_overflows=True, qids=None):
    """Gives first a descriptor to poll, then packet after packet: the payload, as bytes, or a list of the payload
    and the extra_attrs in their order.

    queues: NFLOG group, or groups; qids is the old name of it.
    pf: address families; if any are given, NFLOG becomes the logger of IPv4 and IPv6 for rules that name none.
    qthresh (packets), timeout (seconds): how many packets the kernel gathers, and for how long.
    nlbufsiz (bytes): size of the socket's buffer.
    buff_size: taken for the sake of old programs; the buffer fits whatever the kernel sends.
    extra_attrs: "len", "ts", or any attribute of NflogPacket, such as "prefix", "indev", "uid".
    handle_overflows: whether packets that the kernel had to drop are logged; else OSError with ENOBUFS is raised.

    Send it True, by its send(), and it gives NFWouldBlock in place of waiting."""
    queues = qids if queues is None else queues
    if queues is None:
        raise TypeError("nflog_generator() needs queues: an NFLOG group, or groups")
    names = [extra_attrs] if isinstance(extra_attrs, str) else list(extra_attrs or ())
    for name in names:
        if name not in ("len", "ts") and name not in NflogPacket.__slots__:
            raise NotImplementedError("Unknown nflog attribute: %s" % name)
    capture = open_capture(queues, qthresh=qthresh, timeout=timeout, nlbufsiz=nlbufsiz, bind_pf=bool(pf))
    try:
        peek = yield capture.fd
        while True:
            if peek and not capture.readable():
                peek = yield NFWouldBlock
                continue
            try:
                packet = capture.read()
            except EOFError as end:
                if str(end) == "the capture has ended":
                    return
                raise OSError(str(end)) from None
            if packet is None:
                continue
            if packet.lost_before:
                message = "%d packets of group %d were lost: nlbufsiz is too small for how fast they are read"
                if not handle_overflows:
                    raise OSError(errno.ENOBUFS, message % (packet.lost_before, packet.group))
                log.warning(message, packet.lost_before, packet.group)
            peek = yield describe(packet, names) if names else packet.payload
    finally:
        capture.close()


def describe(packet, names):
    """The payload and attributes of a packet."""
    special = {"len": len(packet.payload), "ts": packet.time}
    return [packet.payload] + [special[name] if name in special else getattr(packet, name) for name in names]


# scapy

try:
    from scapy.config import conf
    from scapy.data import ETH_P_ALL
    from scapy.error import Scapy_Exception
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.supersocket import SuperSocket
except ImportError:                                     # nflog_generator() works without it
    conf, ETH_P_ALL, SuperSocket = None, 3, object

    class Scapy_Exception(Exception):
        pass


class CaptureListenSocket(SuperSocket):
    """A scapy socket that reads the packets of a Capture: IP, IPv6 or raw ones, with a time and an `nflog`."""

    nonblocking_socket = False

    def __init__(self, command, type=ETH_P_ALL):
        if conf is None:
            raise ImportError("Cannot listen: scapy is not installed")
        self.type, self.outs = type, None
        try:
            self.capture = Capture(command)
        except OSError as error:
            raise Scapy_Exception(str(error)) from None
        self.ins = self.capture
        self.closed = False

    def fileno(self):
        return self.capture.fd

    def recv(self, x=0, **kwargs):
        """The next packet, None if there is none yet; EOFError when the program has ended."""
        packet = self.capture.read()
        if packet is None:
            return None
        version = packet.payload[0] >> 4 if packet.payload else 0
        layer = {4: IP, 6: IPv6}.get(version, conf.raw_layer)
        try:
            dissected = layer(packet.payload)
        except Exception:
            if conf.debug_dissector:
                raise
            dissected = conf.raw_layer(packet.payload)
        dissected.time = packet.time
        dissected.wirelen = packet.wirelen
        dissected.nflog = packet
        return dissected

    def send(self, x):
        raise Scapy_Exception("Cannot send anything with %s" % self.__class__.__name__)

    def close(self):
        if getattr(self, "closed", True):
            return
        self.closed = True
        self.capture.close()

    def __del__(self):
        self.close()

    @staticmethod
    def select(sockets, remain=None):
        """Nothing is read ahead, so that the descriptors tell which sockets have something."""
        return select.select(sockets, [], [], remain)[0]


class NFLOGListenSocket(CaptureListenSocket):
    """Reads packets at layer 3 from NFLOG groups of this host."""

    desc = "read packets at layer 3 using Linux NFLOG"
    #: Groups to read when none are named; subclasses may have others.
    queues = range(4)

    def __init__(self, iface=None, type=ETH_P_ALL, promisc=None, filter=None, nofilter=0, queues=None,
                 nflog_kwargs=None, **kwargs):
        options = dict(nflog_kwargs or {})
        for name in ("pf", "buff_size", "extra_attrs", "handle_overflows"):
            options.pop(name, None)
        if filter and not nofilter:
            options["filter"] = filter
        queues = self.queues if queues is None else queues
        CaptureListenSocket.__init__(self, dump_command(queues, **options), type)


class NFLOGWindowListenSocket(CaptureListenSocket):
    """Reads the packets of the window that a receiver keeps (nflog-pcap-recv --buffer-interface); it ends with them.

    endpoint: the receiver's --buffer-interface, such as "tcp://192.0.2.9:5556".
    query: options of nflog-pcap-query, such as ["--last", "30s"]."""

    desc = "read packets of a receiver's window"

    def __init__(self, endpoint, query=(), filter=None, type=ETH_P_ALL, **kwargs):
        command = find_program("nflog-pcap-query") + ["-w", "-", "--format", "pcapng"]
        if filter:
            command += ["--filter", filter]
        CaptureListenSocket.__init__(self, command + list(query) + [endpoint], type)


class NFLOGStreamListenSocket(CaptureListenSocket):
    """Reads what nflog-zmq-send sends to this host, as a receiver does (nflog-pcap-recv).

    endpoint: where senders connect to, such as "tcp://*:5555".
    options: options of nflog-pcap-recv."""

    desc = "read packets that remote hosts send"

    def __init__(self, endpoint, options=(), type=ETH_P_ALL, **kwargs):
        command = find_program("nflog-pcap-recv") + ["--format", "pcapng"]
        CaptureListenSocket.__init__(self, command + list(options) + [endpoint, "-"], type)


def install_nflog_listener(queues=None, **nflog_kwargs):
    """Makes NFLOG what sniff() listens to when nothing else is said."""
    conf.L2listen = functools.partial(NFLOGListenSocket, queues=queues, nflog_kwargs=nflog_kwargs)
