#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes archives of images for archives.bats, good ones and bad ones.

    docker FILE NAME...        as `docker save`: two layers, the upper one compressed under a tar's name
    oci DIR TAG                an OCI layout
    oci-archive FILE NAME...   the same in a tar, one manifest with several names
    multi FILE NAME            an index with images of two architectures
    rootfs FILE                a file system
    layers FILE NAME N         N small layers on one big
    whiteouts FILE NAME        deleted files, opaque directories, implied directories
    hostile list | FILE KIND VICTIM
    wrong FILE diffid|blob|size
    bomb FILE
$MARK is what /hello says.
"""
import gzip
import hashlib
import io
import json
import os
import platform
import sys
import tarfile

MARK = os.environ.get("MARK", "hello")
ARCH = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]


def entry(name, kind=tarfile.REGTYPE, data=b"", link="", mode=None, uid=0, pax=None, dev=(0, 0)):
    info = tarfile.TarInfo(name)
    info.type = kind
    info.size = len(data)
    info.linkname = link
    info.mode = mode if mode is not None else (0o755 if kind == tarfile.DIRTYPE else 0o644)
    info.uid = uid
    info.mtime = 1700000000
    info.devmajor, info.devminor = dev
    info.pax_headers = pax or {}
    return info, data


def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def directory(name, **more):
    return entry(name, tarfile.DIRTYPE, **more)


def symlink(name, target):
    return entry(name, tarfile.SYMTYPE, link=target)


def base():
    with open("/bin/busybox", "rb") as busybox:
        program = busybox.read()
    names = "cat chmod echo id ls mkdir rm sh sleep stat test true wc".split()
    return [
        directory("./"), directory("bin/"), entry("bin/busybox", data=program, mode=0o755),
        *[symlink("bin/" + name, "busybox") for name in names],
        directory("etc/"), entry("etc/passwd", data=b"root:x:0:0:root:/:/bin/sh\n"),
        directory("tmp/", mode=0o1777), entry("gone", data=b"x"),
    ]


def upper():
    return [entry("hello", data=MARK.encode() + b"\n"), entry(".wh.gone")]


def digest(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


def config(layers, arch=ARCH):
    return json.dumps({
        "created": "2024-01-02T03:04:05Z", "architecture": arch, "os": "linux",
        "config": {"Env": ["PATH=/bin"], "Cmd": ["sh"]},
        "rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]},
    }).encode()


def save(path, files):
    with tarfile.open(path, "w") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))


def docker(path, names, layers, blobs=None, image=None):
    image = image or config(layers)
    blobs = blobs or layers
    row = {"Config": digest(image)[7:] + ".json", "RepoTags": names,
           "Layers": [f"{i}/layer.tar" for i in range(len(blobs))]}
    save(path, [(row["Config"], image)] + list(zip(row["Layers"], blobs)) +
         [("manifest.json", json.dumps([row]).encode())])


def oci_files(layers, names, arch=ARCH):
    """The files of a layout, and its descriptors."""
    image = config(layers, arch)
    blobs = [gzip.compress(layer, mtime=0) for layer in layers]
    manifest = json.dumps({
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                   "digest": digest(image), "size": len(image)},
        "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
                    "digest": digest(blob), "size": len(blob)} for blob in blobs],
    }).encode()
    files = {"blobs/sha256/" + digest(data)[7:]: data for data in [image, manifest, *blobs]}
    rows = [{"mediaType": "application/vnd.oci.image.manifest.v1+json",
             "digest": digest(manifest), "size": len(manifest),
             "annotations": {"org.opencontainers.image.ref.name": name}} for name in names]
    return files, rows


def layout(files, rows):
    return {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}',
            "index.json": json.dumps({"schemaVersion": 2, "manifests": rows}).encode(), **files}


def multi(path, name):
    files, rows = {}, []
    for arch in ("s390x", ARCH):
        more, found = oci_files([tar(base()), tar(upper())], ["-"], arch)
        files.update(more)
        del found[0]["annotations"]
        rows.append({**found[0], "platform": {"os": "linux", "architecture": arch}})
    index = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
                        "manifests": rows}).encode()
    files["blobs/sha256/" + digest(index)[7:]] = index
    top = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": digest(index),
           "size": len(index), "annotations": {"org.opencontainers.image.ref.name": name}}
    save(path, layout(files, [top]).items())


def hostile(victim):
    up = "../" * 20
    plain = lambda name: entry(name, data=b"hostile\n")
    return {
        "dotdot": [plain(up + victim.lstrip("/"))],
        "dotdot-inside": [directory("a/"), plain("a/../../" + os.path.basename(victim))],
        "absolute": [plain(victim)],
        "link-absolute": [symlink("l", os.path.dirname(victim)), plain("l/" + os.path.basename(victim))],
        "link-relative": [symlink("l", up + os.path.dirname(victim)[1:]),
                          plain("l/" + os.path.basename(victim))],
        "link-chain": [symlink("a", "b"), symlink("b", "/"), plain("a/" + victim.lstrip("/"))],
        "link-proc": [symlink("l", "/proc/self/root"), plain("l/" + victim.lstrip("/"))],
        "hardlink-absolute": [entry("h", tarfile.LNKTYPE, link=victim)],
        "hardlink-dotdot": [entry("h", tarfile.LNKTYPE, link=up + victim.lstrip("/"))],
        "hardlink-through-link": [symlink("l", os.path.dirname(victim)),
                                  entry("h", tarfile.LNKTYPE, link="l/" + os.path.basename(victim))],
        "whiteout-through-link": [symlink("l", os.path.dirname(victim)),
                                  entry("l/.wh." + os.path.basename(victim))],
        "whiteout-dotdot": [entry("../.wh." + os.path.basename(victim))],
        "whiteout-self": [entry("d/.wh..")],
        "whiteout-device": [entry("w", tarfile.CHRTYPE)],
        "opaque-through-link": [symlink("l", "/etc"), entry("l/.wh..wh..opq")],
        "huge-uid": [entry("u", pax={"uid": "4294967295"})],
        "pax-path": [entry("x", data=b"hostile\n", pax={"path": victim})],
        "pax-linkpath": [entry("h", tarfile.LNKTYPE, link="x", pax={"linkpath": victim})],
        "long-part": [entry("x", pax={"path": "n" * 256})],
        "long-path": [entry("x", pax={"path": "n/" * 2500})],
        "not-a-tar": None,
    }


def write_hostile(path, kind, victim):
    entries = hostile(victim)[kind]
    layer = b"no tar at all" * 100 if entries is None else tar(entries)
    docker(path, ["bad:1"], [tar(base()), layer])


def wrong(path, kind):
    layers = [tar(base()), tar(upper())]
    if kind == "diffid":
        docker(path, ["wrong:1"], layers, blobs=[layers[0], tar([entry("hello", data=b"other\n")])])
        return
    files, rows = oci_files(layers, ["wrong:1"])
    if kind == "size":
        rows[0]["size"] += 1
    else:
        largest = max(files, key=lambda name: len(files[name]))
        files[largest] = files[largest][:-9] + b"x" + files[largest][-8:]
    save(path, layout(files, rows).items())


def bomb(path):
    """A few megabytes that are several gigabytes of zeros: members of gzip, one behind the other."""
    head, _ = entry("zeros")
    head.size = 6 << 30
    member = gzip.compress(bytes(64 << 20), 9, mtime=0)
    blob = gzip.compress(head.tobuf(), mtime=0) + member * (head.size // (64 << 20))
    image = config([b""])
    docker(path, ["bomb:1"], [b""], blobs=[blob], image=image)


def main(kind, path, *names):
    layers = [tar(base()), tar(upper())]
    if kind == "docker":
        docker(path, list(names), layers, blobs=[layers[0], gzip.compress(layers[1], mtime=0)])
    elif kind == "oci":
        for name, data in layout(*oci_files(layers, names)).items():
            os.makedirs(os.path.dirname(os.path.join(path, name)), exist_ok=True)
            with open(os.path.join(path, name), "wb") as out:
                out.write(data)
    elif kind == "oci-archive":
        save(path, layout(*oci_files(layers, names)).items())
    elif kind == "multi":
        multi(path, *names)
    elif kind == "rootfs":
        with open(path, "wb") as out:
            out.write(tar(base() + [entry("hello", data=MARK.encode() + b"\n")]))
    elif kind == "layers":
        many = [tar([entry(f"layers/{i}", data=f"{i}\n".encode())]) for i in range(1, int(names[1]) + 1)]
        docker(path, [names[0]], [layers[0]] + many)
    elif kind == "whiteouts":
        lower = base() + [directory("opaque/"), entry("opaque/old", data=b"x"), directory("emptied/"),
                          entry("emptied/old", data=b"x"), directory("owned/", mode=0o750, uid=42)]
        hidden = [entry(".wh.gone"), entry("opaque/.wh..wh..opq"), entry("opaque/new", data=b"fresh\n"),
                  entry("emptied/.wh.old"), entry("tmp/file"), entry("owned/file")]
        docker(path, list(names), [tar(lower), tar(hidden)])
    elif kind == "hostile" and path == "list":
        print(" ".join(hostile("/x/y")))
    elif kind == "hostile":
        write_hostile(path, *names)
    elif kind == "wrong":
        wrong(path, *names)
    elif kind == "bomb":
        bomb(path)
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
