/** Of the name of an empty file by which a layer says that what has the rest of the name is deleted. */
export const whiteoutPrefix = '.wh.'
/** In a folder: nothing of the layers below is seen in it. */
export const opaqueMarker = '.wh..wh..opq'
