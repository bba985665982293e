"""Prints each include of a header whose target the including target does not link.

A header belongs to the target that compiles the source of its name; one without a source, to the targets of its folder.
Usage: link_walls.py ROOT
"""
import fnmatch
import os
import re
import sys

root = sys.argv[1]
rooms = ("messages", "bus", "peer", "player", "tools")
targets, links, folders, sources = [], {}, {}, {}
for room in rooms:
    for folder, _, files in os.walk(os.path.join(root, room)):
        if "CMakeLists.txt" not in files:
            continue
        here = os.path.relpath(folder, root)
        with open(os.path.join(folder, "CMakeLists.txt")) as file:
            text = re.sub(r"#.*", "", file.read())
        for name, pattern in re.findall(r"file\(GLOB (\w+) CONFIGURE_DEPENDS \$\{CMAKE_CURRENT_SOURCE_DIR\}/(\S+)\)", text):
            found = " ".join(sorted(fnmatch.filter(files, pattern)))
            text = text.replace("${" + name + "}", found)
        for name, words in re.findall(r"add_(?:library|executable)\(\s*(\S+)([^)]*)\)", text):
            targets.append(name)
            links[name], folders[name] = set(), here
            for word in words.split():
                if word.endswith(".cpp"):
                    sources[os.path.normpath(os.path.join(here, word))] = name
        for name, words in re.findall(r"target_link_libraries\(\s*(\S+)([^)]*)\)", text):
            links[name].update(words.split())


def linked(name, seen):
    for other in links.get(name, ()):
        if other in links and other not in seen:
            seen.add(other)
            linked(other, seen)
    return seen


# Whose folder a header lies in: the nearest one that has targets.
def of_folder(path):
    folder = os.path.dirname(path)
    while folder:
        found = {name for name in targets if folders[name] == folder}
        if found:
            return found
        folder = os.path.dirname(folder)
    return set()


def owners(path):
    source = os.path.splitext(path)[0] + ".cpp"
    return {sources[source]} if source in sources else of_folder(path)


reach = {name: linked(name, {name}) for name in targets}
count = 0
for room in rooms:
    for folder, _, files in os.walk(os.path.join(root, room)):
        for file in files:
            path = os.path.relpath(os.path.join(folder, file), root)
            if not file.endswith((".cpp", ".hpp")):
                continue
            count += 1
            if file.endswith(".cpp") and path not in sources:
                print(f"{path}: of no target")
            with open(os.path.join(folder, file)) as opened:
                included = re.findall(r'^#include "([^"]+)"', opened.read(), re.M)
            for header in included:
                if not header.startswith(tuple(one + "/" for one in rooms)):
                    continue
                theirs = owners(header)
                if not any(theirs & reach[name] for name in owners(path)):
                    print(f"{path} ({', '.join(sorted(owners(path)))}) includes {header} ({', '.join(sorted(theirs))})")
if count == 0:
    print("no sources were found")
