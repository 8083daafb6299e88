// shim.h over oneDNN 2.x: memory descriptors are structures, and a kernel is created from an operation descriptor.
#pragma once

// There are Winograd convolutions, where the processor has AVX-512.
static inline bool pof_has_winograd(void) { return true; }

// Whether the kernel of a batch norm's gradient is to be given the shift, which it does not need: each version refuses to
// execute with the other's arguments.
static inline bool pof_normalization_gradient_takes_shift(void) { return true; }

// MARK: Tensors

static inline const dnnl_memory_desc_t *pof_description(pof_tensor_t tensor) {
  return (const dnnl_memory_desc_t *)tensor;
}

// A copy that the caller owns.
static inline dnnl_status_t pof_tensor_copy(pof_tensor_t *tensor, const dnnl_memory_desc_t *description) {
  dnnl_memory_desc_t *copy = (dnnl_memory_desc_t *)malloc(sizeof *copy);
  if (!copy) return dnnl_out_of_memory;
  *copy = *description;
  *tensor = (pof_tensor_t)copy;
  return dnnl_success;
}

static inline dnnl_status_t pof_tensor_create(pof_tensor_t *tensor, int rank, const dnnl_dims_t shape,
                                              dnnl_format_tag_t format) {
  dnnl_memory_desc_t description;
  dnnl_status_t status = dnnl_memory_desc_init_by_tag(&description, rank, shape, dnnl_f32, format);
  return status == dnnl_success ? pof_tensor_copy(tensor, &description) : status;
}

static inline void pof_tensor_destroy(pof_tensor_t tensor) { free(tensor); }

static inline bool pof_tensor_equal(pof_tensor_t a, pof_tensor_t b) {
  return dnnl_memory_desc_equal(pof_description(a), pof_description(b)) != 0;
}

static inline size_t pof_tensor_bytes(pof_tensor_t tensor) {
  return dnnl_memory_desc_get_size(pof_description(tensor));
}

static inline dnnl_status_t pof_memory_create(dnnl_memory_t *memory, pof_tensor_t tensor, dnnl_engine_t engine,
                                              void *address) {
  return dnnl_memory_create(memory, pof_description(tensor), engine, address);
}

// MARK: Kernels. Each is the caller's to destroy with dnnl_primitive_desc_destroy. `forward` is the forward kernel that
// a backward one belongs to.

// A tensor as the kernel wants it, of 0 bytes where it has none of that kind.
static inline dnnl_status_t pof_kernel_tensor(const_dnnl_primitive_desc_t kernel, dnnl_query_t kind,
                                              pof_tensor_t *tensor) {
  const dnnl_memory_desc_t *description = dnnl_primitive_desc_query_md(kernel, kind, 0);
  return description ? pof_tensor_copy(tensor, description) : dnnl_invalid_arguments;
}

static inline dnnl_status_t pof_reorder(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                        pof_tensor_t destination, const_dnnl_primitive_attr_t attributes) {
  return dnnl_reorder_primitive_desc_create(kernel, pof_description(source), engine, pof_description(destination),
                                            engine, attributes);
}

static inline dnnl_status_t pof_convolution(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                            dnnl_alg_kind_t algorithm, pof_tensor_t source, pof_tensor_t weights,
                                            pof_tensor_t destination, dnnl_dim_t stride, dnnl_dim_t padding,
                                            const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), paddings = pof_square_of(padding);
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_convolution_forward_desc_init(
      &operation, dnnl_forward_training, algorithm, pof_description(source), pof_description(weights), NULL,
      pof_description(destination), strides.values, paddings.values, paddings.values);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t pof_convolution_weight_gradient(
    dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, pof_tensor_t source,
    pof_tensor_t weight_gradient, pof_tensor_t destination_gradient, dnnl_dim_t stride, dnnl_dim_t padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), paddings = pof_square_of(padding);
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_convolution_backward_weights_desc_init(
      &operation, algorithm, pof_description(source), pof_description(weight_gradient), NULL,
      pof_description(destination_gradient), strides.values, paddings.values, paddings.values);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, forward);
}

static inline dnnl_status_t pof_convolution_source_gradient(
    dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, dnnl_alg_kind_t algorithm, pof_tensor_t source_gradient,
    pof_tensor_t weights, pof_tensor_t destination_gradient, dnnl_dim_t stride, dnnl_dim_t padding,
    const_dnnl_primitive_desc_t forward, const_dnnl_primitive_attr_t attributes) {
  pof_square strides = pof_square_of(stride), paddings = pof_square_of(padding);
  dnnl_convolution_desc_t operation;
  dnnl_status_t status = dnnl_convolution_backward_data_desc_init(
      &operation, algorithm, pof_description(source_gradient), pof_description(weights),
      pof_description(destination_gradient), strides.values, paddings.values, paddings.values);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, forward);
}

// Batch norm with scale, shift and ReLU. Source and destination are of one shape and format.
static inline dnnl_status_t pof_normalization(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                              bool given_statistics, float epsilon,
                                              const_dnnl_primitive_attr_t attributes) {
  unsigned flags =
      dnnl_use_scale | dnnl_use_shift | dnnl_fuse_norm_relu | (given_statistics ? dnnl_use_global_stats : 0);
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status = dnnl_batch_normalization_forward_desc_init(
      &operation, given_statistics ? dnnl_forward_inference : dnnl_forward_training, pof_description(source), epsilon,
      flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, NULL);
}

// Both gradients are of the shape and format of `gradient`.
static inline dnnl_status_t pof_normalization_gradient(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                                       pof_tensor_t source, pof_tensor_t gradient, float epsilon,
                                                       const_dnnl_primitive_desc_t forward,
                                                       const_dnnl_primitive_attr_t attributes) {
  unsigned flags = dnnl_use_scale | dnnl_use_shift | dnnl_fuse_norm_relu;
  dnnl_batch_normalization_desc_t operation;
  dnnl_status_t status = dnnl_batch_normalization_backward_desc_init(
      &operation, dnnl_backward, pof_description(gradient), pof_description(source), epsilon, flags);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, forward);
}

static inline dnnl_status_t pof_sum(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t first,
                                    pof_tensor_t second, pof_tensor_t destination,
                                    const_dnnl_primitive_attr_t attributes) {
  dnnl_binary_desc_t operation;
  dnnl_status_t status = dnnl_binary_desc_init(&operation, dnnl_binary_add, pof_description(first),
                                               pof_description(second), pof_description(destination));
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, NULL);
}

// Means over windows of `size` x `size` that do not overlap.
static inline dnnl_status_t pof_average_pool(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine, pof_tensor_t source,
                                             pof_tensor_t destination, dnnl_dim_t size,
                                             const_dnnl_primitive_attr_t attributes) {
  pof_square window = pof_square_of(size), none = pof_square_of(0);
  dnnl_pooling_desc_t operation;
  dnnl_status_t status = dnnl_pooling_forward_desc_init(
      &operation, dnnl_forward_training, dnnl_pooling_avg_exclude_padding, pof_description(source),
      pof_description(destination), window.values, window.values, none.values, none.values);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, NULL);
}

static inline dnnl_status_t pof_average_pool_gradient(dnnl_primitive_desc_t *kernel, dnnl_engine_t engine,
                                                      pof_tensor_t source_gradient, pof_tensor_t destination_gradient,
                                                      dnnl_dim_t size, const_dnnl_primitive_desc_t forward,
                                                      const_dnnl_primitive_attr_t attributes) {
  pof_square window = pof_square_of(size), none = pof_square_of(0);
  dnnl_pooling_desc_t operation;
  dnnl_status_t status = dnnl_pooling_backward_desc_init(
      &operation, dnnl_pooling_avg_exclude_padding, pof_description(source_gradient),
      pof_description(destination_gradient), window.values, window.values, none.values, none.values);
  if (status != dnnl_success) return status;
  return dnnl_primitive_desc_create(kernel, &operation, attributes, engine, forward);
}
