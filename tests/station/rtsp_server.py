"""A real RTSP server of a moving picture, on 127.0.0.1; run by an interpreter that has PyGObject.

Prints a line once it listens. Arguments: port, what encodes ("x264" or "jpeg").
"""

import sys

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

ENCODERS = {
    "x264": "x264enc tune=zerolatency key-int-max=10 ! rtph264pay name=pay0 pt=96",
    "jpeg": "jpegenc ! rtpjpegpay name=pay0 pt=26",
}


def main() -> None:
    """Serve until killed."""
    port, encoder = sys.argv[1:]
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(
        "( videotestsrc is-live=true pattern=ball "
        f"! video/x-raw,width=320,height=240,framerate=20/1 ! {ENCODERS[encoder]} )"
    )
    factory.set_shared(True)
    server.get_mount_points().add_factory("/line", factory)
    if not server.attach(None):
        sys.exit("The port is taken.")
    print("listening", flush=True)
    GLib.MainLoop().run()


if __name__ == "__main__":
    main()
