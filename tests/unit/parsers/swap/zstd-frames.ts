// A page of text, and frames that zstd 1.5 makes of it (`zstd -3`, `-19 --no-check`, and from a pipe, where no size is
// known).

export const TEXT = Array.from({ length: 400 }, (_, i) => `page ${(i * i) % 97} of the zoo, `)
  .join('')
  .slice(0, 4096);

export const ZSTD_FRAMES: [how: string, base64: string][] = [
  [
    'with its size and a checksum',
    'KLUv/WQADyUIABIHExSgJ22YII/fzgDgXEpJO1NyX/9PEHyn5fd370XarY6/Idb2zRTHP6LWnZFvVDmtz6IZRtZNMitxrn7N' +
      'Is87AiiKgxAEgwgKGUIMAoV4qPFJ338DAEORmeoBEkgQ+GWRvf3/O8EinoA2GCu8ElkH1ePpUJotC/i1pay+KMlEHknhvcSK' +
      'M4mdgLwwqJD7JIsfK38a3bk8mZy4hGrZZdNwYrsK2imaaFsnGmbZJJkjO/jspxhs+0b1s5XEow1NOa+Xq2TaQCPqRbNeqpos' +
      'bNkLBl7uZlne+3Th42tJgoib9bAqbpwZ3+Ukfmpxd958uoBzb0uYxpgP1Bq8JCTyCrewAXIVZJdTSA==',
  ],
  [
    'with its size',
    'KLUv/WAAD00FACIMHBLAGw5u4GaT/wZIKZNMSeahOi70nTTv2afVU54adk7XCjUs/Wxe7RPI6DVmppkznkrefvPU+B7ZAdSi' +
      'uiLr3Tg1/zeSyp/NmMxq6CaQr+bZv9JQqJZuzgJTZU9p/vmlOc8EAgRZAOJQgAIBBIAwhiRhqCEovf0zoF12AxJIEHgEgen3' +
      'v/Y7eEC8BXYFneIIJF6g+2g7D6rKDvz+URO08RCeBLYBZBU=',
  ],
  [
    'without a size',
    'KLUv/QBYHQgAYscTE8Cl2KYFjG/E6v8hpaSdKS3vdeJ8p+X3d+9F2q2OvyHW9s0Uxz+i1p2Rb6hyWp9FMxhZN8msxLn6NYs8' +
      '70hhEAMBHEdBCgFBAocMUhjEIHeoAUbf/w3gQpmZ6gES+LdF9vb/78EizoCiGCu8ElkH1ePpUJptC+i1qSy/SMlIHkrh7kSP' +
      'Y4wnSXlDUD2HJMsfOz5d7pxPjhNXIS+7aZpObKHSTuNEY51hmLXJNsftTt0PN+D0sepnK8arDWG5rlerVNrEjdbP5qF0PuVv' +
      '4Qo43vKmdkKn4VIMoNJ9vJt0HmfvcPNGlWsJqYcZb9/oKzeHtUeo0bwLt+nb70ypPGOuKg==',
  ],
  [
    'with a window of a megabyte',
    'KLUv/QBQHQgAYscTE8Cl2KYFjG/E6v8hpaSdKS3vdeJ8p+X3d+9F2q2OvyHW9s0Uxz+i1p2Rb6hyWp9FMxhZN8msxLn6NYs8' +
      '70hhEAMBHEdBCgFBAocMUhjEIHeoAUbf/w3gQpmZ6gES+LdF9vb/78EizoCiGCu8ElkH1ePpUJptC+i1qSy/SMlIHkrh7kSP' +
      'Y4wnSXlDUD2HJMsfOz5d7pxPjhNXIS+7aZpObKHSTuNEY51hmLXJNsftTt0PN+D0sepnK8arDWG5rlerVNrEjdbP5qF0PuVv' +
      '4Qo43vKmdkKn4VIMoNJ9vJt0HmfvcPNGlWsJqYcZb9/oKzeHtUeo0bwLt+nb70ypPGOuKg==',
  ],
];
