"""Cases as DICOM: the image as an enhanced MR object and the labels as a segmentation of it, marked for research."""
