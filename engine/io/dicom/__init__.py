"""DICOM in: which series a folder holds, and one of them as a volume. pydicom reads the headers and most pixels."""
