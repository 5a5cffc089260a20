"""Python source: trees and places in them, outlines, edits, and the modules of a program."""
