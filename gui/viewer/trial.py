"""Draws one picture with VTK, in a process of its own: a machine without OpenGL ends it with an error, or kills it.

`gui.viewer.probe` starts it, as a script or by an option of the built program, so it imports nothing but VTK.
"""

from __future__ import annotations


def draw() -> int:
    """0 if VTK drew what it was asked to, 1 if it drew something else; may also take the process down. Prints by what
    it draws."""
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers what draws
    from vtkmodules.vtkCommonCore import vtkUnsignedCharArray
    from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

    window, renderer, pixels = vtkRenderWindow(), vtkRenderer(), vtkUnsignedCharArray()
    window.SetOffScreenRendering(1)
    window.SetSize(8, 8)
    renderer.SetBackground(1, 0, 0)
    window.AddRenderer(renderer)
    window.Render()
    window.GetRGBACharPixelData(0, 0, 7, 7, 0, pixels, 0)
    # "OpenGL renderer string:  NAME" and the like, for the diagnostics.
    strings = (line.partition(" string:") for line in window.ReportCapabilities().splitlines())
    found = {name.removeprefix("OpenGL "): value.strip() for name, _, value in strings if value}
    print(", ".join(found[name] for name in ("renderer", "vendor", "version") if name in found))
    return int(pixels.GetComponent(0, 0) != 255)


if __name__ == "__main__":
    raise SystemExit(draw())
