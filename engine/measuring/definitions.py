"""What each measure is and who described it first, or in the form used here."""

from __future__ import annotations

from engine.measuring.record import Definition

EVANS_INDEX = Definition(
    "evans_index",
    "Evans index",
    "",
    "Largest width across both frontal horns divided by the largest inner width of the skull on the same axial slice, "
    "which is parallel to the line through the commissures.",
    "Evans WA. An encephalographic ratio for estimating ventricular enlargement and cerebral atrophy. "
    "Arch Neurol Psychiatry 1942;47(6):931-937.",
)
CALLOSAL_ANGLE = Definition(
    "callosal_angle",
    "Callosal angle",
    "°",
    "Angle between the roofs of the left and right lateral ventricle on the coronal slice through the posterior "
    "commissure and perpendicular to the line through the commissures.",
    "Ishii K, Kanda T, Harada A, et al. Clinical impact of the callosal angle in the diagnosis of idiopathic normal "
    "pressure hydrocephalus. Eur Radiol 2008;18(11):2678-2683.",
)
THIRD_VENTRICLE_WIDTH = Definition(
    "third_ventricle_width",
    "Third ventricle width",
    "mm",
    "Largest left-right width of the third ventricle between the two commissures on an axial slice.",
    "Turner B, Ramli N, Blumhardt LD, Jaspan T. Ventricular enlargement in multiple sclerosis: a comparison of "
    "three-dimensional and linear MRI estimates. Neuroradiology 2001;43(8):608-614.",
    "10.1007/s002340000457",
)
FRONTAL_OCCIPITAL_HORN_RATIO = Definition(
    "frontal_occipital_horn_ratio",
    "Frontal-occipital horn ratio",
    "",
    "Largest width across both frontal horns plus largest width across both occipital horns (atria included), divided "
    "by twice the largest inner width of the skull, on axial slices at or above the commissures.",
    "O'Hayon BB, Drake JM, Ossip MG, Tuli S, Clarke M. Frontal and occipital horn ratio: a linear estimate of "
    "ventricular size for multiple imaging modalities in pediatric hydrocephalus. Pediatr Neurosurg "
    "1998;29(5):245-249.",
    "10.1159/000028730",
)
_TEMPORAL = (
    "mm",
    "Shortest line across the temporal horn (inferior lateral ventricle) at its thickest place in front of the "
    "posterior commissure on an axial slice.",
    "Missori P, Paolini S, Peschillo S, et al. Temporal horn enlargements predict secondary hydrocephalus diagnosis "
    "earlier than Evans' index. Tomography 2022;8(3):1429-1436.",
    "10.3390/tomography8030115",
)
LEFT_TEMPORAL_HORN_WIDTH = Definition("left_temporal_horn_width", "Left temporal horn width", *_TEMPORAL)
RIGHT_TEMPORAL_HORN_WIDTH = Definition("right_temporal_horn_width", "Right temporal horn width", *_TEMPORAL)
VENTRICULAR_SHARE = Definition(
    "ventricular_share",
    "Ventricular share of ICV",
    "",
    "Volume of all six ventricle labels divided by the intracranial volume, which is every label but background.",
    "Ambarki K, Israelsson H, Wåhlin A, et al. Brain ventricular size in healthy elderly: comparison between Evans "
    "index and volume measurement. Neurosurgery 2010;67(1):94-99.",
    "10.1227/01.NEU.0000370939.30003.D1",
)
_ASYMMETRY = (
    "Guadalupe T, Mathias SR, van Erp TGM, et al. Human subcortical brain asymmetries in 15,847 people worldwide "
    "reveal effects of age and sex. Brain Imaging Behav 2017;11(5):1497-1514.",
    "10.1007/s11682-016-9629-z",
)
LATERAL_ASYMMETRY = Definition(
    "lateral_ventricle_asymmetry",
    "Lateral ventricle asymmetry",
    "",
    "Left minus right volume divided by their sum, of the lateral ventricles without inferior horns: above 0 where the "
    "left is larger.",
    *_ASYMMETRY,
)
INFERIOR_LATERAL_ASYMMETRY = Definition(
    "inferior_lateral_ventricle_asymmetry",
    "Inferior lateral ventricle asymmetry",
    "",
    "Left minus right volume divided by their sum, of the inferior lateral ventricles: above 0 where the left is "
    "larger.",
    *_ASYMMETRY,
)
