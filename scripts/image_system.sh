#!/bin/bash
# Unpacks Debian packages into a root file system of their own: image_system.sh ROOT PACKAGE...
set -euo pipefail
root=$1
shift

mkdir -p "$root"/usr/{bin,lib,lib64} "$root/var/lib/dpkg/status.d"
for folder in bin lib lib64; do ln -s "usr/$folder" "$root/$folder"; done

apt-get download "$@"
for package in "$@"; do
  dpkg-deb --fsys-tarfile "$package"_*.deb | tar -x --keep-directory-symlink -C "$root"
  # Scanners read this folder for the installed packages where there is no dpkg.
  dpkg-deb --field "$package"_*.deb > "$root/var/lib/dpkg/status.d/$package"
done

# Manuals (copyright files stay), character set converters, and the modules of Python that build
# packages, migrate code, or draw.
find "$root/usr/share/doc" -type f ! -name copyright -delete
rm -rf "$root"/usr/share/{applications,binfmts,bug,gcc,gdb,info,lintian,man,pixmaps} \
       "$root"/usr/lib/*/gconv \
       "$root"/usr/lib/python3.11/{distutils,lib2to3,pydoc_data,test,turtle.py,venv}
find "$root" -depth -type d -empty -delete

mkdir -p "$root"/{dev,proc,run,sys}
mkdir -m 1777 "$root/tmp"
cat > "$root/etc/passwd" <<'END'
root:x:0:0:root:/:/usr/sbin/nologin
namesmith:x:65532:65532:namesmith:/:/usr/sbin/nologin
END
printf 'root:x:0:\nnamesmith:x:65532:\n' > "$root/etc/group"
echo 'hosts: files dns' > "$root/etc/nsswitch.conf"
ldconfig -r "$root"
