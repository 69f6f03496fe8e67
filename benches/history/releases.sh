#!/usr/bin/env bash
# Makes a repository of the released versions of six packages, one commit a release, oldest first: other people's real changes.
#
#     releases.sh FOLDER        makes FOLDER/repository and FOLDER/bare; needs npm, pip, jq and the registries
set -euo pipefail
mkdir -p "${1:?usage: releases.sh FOLDER}" && cd "$1"
packages="eslint webpack rxjs celery Flask requests"

for package in eslint webpack rxjs; do
  mkdir -p "releases/$package"
  npm view "$package" versions --json | jq -r '.[]' | grep -v -- - | tail -n 70 >"$package.versions"
  while read -r version; do
    [ -e "releases/$package/$version" ] ||
      (cd "releases/$package" && mv "$(npm pack --silent "$package@$version" | tail -n 1)" "$version")
  done <"$package.versions"
done
for package in celery Flask requests; do
  mkdir -p "releases/$package"
  pip index versions "$package" 2>/dev/null | sed -n 's/^Available versions: //p' | tr -d ' ' | tr , '\n' | tac | tail -n 40 >"$package.versions"
  while read -r version; do
    folder=$(mktemp -d)
    [ -e "releases/$package/$version" ] ||
      { pip download --quiet --no-deps --no-binary :all: --dest "$folder" "$package==$version" &&
        mv "$folder"/*.tar.gz "releases/$package/$version"; } || echo "without $package $version" >&2
    rm -rf "$folder"
  done <"$package.versions"
done

rm -rf repository bare
git init --quiet repository
for package in $packages; do
  while read -r version; do
    [ -e "releases/$package/$version" ] || continue
    rm -rf "repository/$package" && mkdir "repository/$package"
    tar -xzf "releases/$package/$version" -C "repository/$package" --strip-components=1
    git -C repository add --all --force
    git -C repository -c user.name=releases -c user.email=releases@example.com commit --quiet --message "$package $version"
  done <"$package.versions"
done
git -C repository repack -adfq --depth=50 --window=10
git clone --quiet --bare --no-local repository bare
